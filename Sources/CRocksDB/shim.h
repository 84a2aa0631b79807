// RocksDB's C interface, from Debian's librocksdb-dev.
#include <rocksdb/c.h>
