// A power cut for one process, without the machine: an LD_PRELOAD library that remembers which bytes below a folder are
// not covered by a completed sync, and, when told to, takes them away (or tears them) and kills the process. Whoever opens
// the files next sees what a power cut could have left.
//
//     cc -shared -fPIC -O2 -pthread -o crash-shim.so crash-shim.c
//     LD_PRELOAD=./crash-shim.so CRASH_SHIM_ROOT=/tmp/data CRASH_SHIM_SEED=7 hanzod …;  kill -40 PID
//
// Environment:
//   CRASH_SHIM_ROOT         the folder; without it the library does nothing
//   CRASH_SHIM_SEED         decides every draw (default 1)
//   CRASH_SHIM_MODE         tear (default): per file, all unsynced bytes stay, all go, each 512-byte sector stays or goes, or
//                           an appended part is cut at any byte;  discard: all unsynced bytes go
//   CRASH_SHIM_NAMES        1: creations, renames, links and unlinks that no fsync of their folder covered are undone too:
//                           in tear mode a random suffix of them per folder, in discard mode all
//   CRASH_SHIM_SIGNAL       the signal that cuts the power (default 40)
//   CRASH_SHIM_AT           cut the power before the N-th tracked call (write, sync, truncate, rename, …)
//   CRASH_SHIM_ONE_IN       cut the power before each tracked call with probability 1/N
//   CRASH_SHIM_IGNORE_SYNC  1: syncs return success and do nothing, so that a durability test must fail
//   CRASH_SHIM_LOG          a file outside of the folder that gets one line when the power goes
//
// How. Before a write, the bytes that it replaces and the file's size are kept in an undo record of that inode. A sync that
// returns drops the records that were there when it began. The cut applies the records backwards. One lock covers every
// tracked call and the cut, so a thread that saw its sync return can never find its bytes gone.
//
// What is modelled: write, pwrite, writev, pwritev, ftruncate, truncate, fallocate, open with O_TRUNC, fsync, fdatasync,
// sync, syncfs; rename, link, unlink, creation. sync_file_range is passed through and makes nothing durable.
// What is not: writes through mmap, stdio's own buffers (a FILE's writes count as durable at once), io_uring,
// copy_file_range, splice, O_SYNC (such writes count as unsynced), folders' creation and removal (durable at once).

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { SECTOR = 512 };

/// One change of a file's bytes: `kept` are the first `kept_count` of the `count` bytes that it replaced; the rest lay
/// behind the end.
struct change {
    struct change *older;
    uint64_t time;
    off_t offset;
    size_t count, kept_count;
    off_t old_size;
    int shrinks;
    char kept[];
};

/// A file with unsynced changes. The descriptor is the library's own, so that the file stays reachable; -1 where the entry
/// is free.
struct file {
    struct file *next;
    dev_t device;
    ino_t inode;
    int descriptor;
    struct change *newest;
};

/// One change of a folder's entries, newest first. `backup` holds the entry that was replaced or removed.
struct naming {
    struct naming *older;
    uint64_t time;
    dev_t device;
    ino_t inode;
    char *created, *moved_from, *backup;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct file *files;
static struct naming *namings;
static uint64_t now, calls, draws, seed = 1, crash_at, one_in, backups;
static int active, ignores_sync, discards, tracks_names, trigger[2] = {-1, -1};
static char root[PATH_MAX];
static size_t root_length;
static const char *log_path;

// MARK: Settings and draws

static uint64_t number(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint64_t draw(void) { return mix(seed + 0x9E3779B97F4A7C15u * ++draws); }

// MARK: The cut

static void put(int descriptor, const char *bytes, size_t count, off_t offset) {
    while (count > 0) {
        ssize_t written = syscall(SYS_pwrite64, descriptor, bytes, count, offset);
        if (written <= 0) return;
        bytes += written, count -= written, offset += written;
    }
}

/// Puts back all that a change replaced. What lay behind the end becomes zeros, unless the file is cut there anyway.
static uint64_t revert_all(struct file *file, struct change *change, int needs_zeros) {
    static const char zeros[SECTOR];
    put(file->descriptor, change->kept, change->kept_count, change->offset);
    for (size_t done = change->kept_count; needs_zeros && done < change->count; done += SECTOR) {
        size_t count = change->count - done < SECTOR ? change->count - done : SECTOR;
        put(file->descriptor, zeros, count, change->offset + (off_t)done);
    }
    return change->count;
}

/// Puts back what a change replaced, in the sectors that are lost.
static uint64_t revert_sectors(struct file *file, struct change *change, uint64_t salt) {
    static const char zeros[SECTOR];
    uint64_t reverted = 0;
    size_t done = 0;
    while (done < change->count) {
        off_t offset = change->offset + (off_t)done;
        size_t room = SECTOR - (size_t)(offset % SECTOR);
        size_t count = change->count - done < room ? change->count - done : room;
        if (mix(salt ^ mix((uint64_t)(offset / SECTOR))) & 1) {
            size_t kept = done < change->kept_count ? change->kept_count - done : 0;
            if (kept > count) kept = count;
            put(file->descriptor, change->kept + done, kept, offset);
            put(file->descriptor, zeros, count - kept, offset + (off_t)kept);
            reverted += count;
        }
        done += count;
    }
    return reverted;
}

static uint64_t damage(struct file *file) {
    if (!file->newest) return 0;
    struct stat status;
    if (fstat(file->descriptor, &status) != 0) return 0;
    off_t durable_size = 0, size = status.st_size;
    int shrinks = 0;
    for (struct change *change = file->newest; change; change = change->older) {
        durable_size = change->old_size;
        shrinks |= change->shrinks;
    }
    int way = discards ? 1 : (int)(draw() % 4);
    if (shrinks && way > 1) way = 1;
    if (way == 0) return 0;
    uint64_t reverted = 0, salt = draw();
    off_t end = way == 1 ? durable_size : size;
    if (way == 3 || (way == 2 && salt & 2)) {
        end = size > durable_size ? durable_size + (off_t)(draw() % (uint64_t)(size - durable_size + 1)) : size;
    }
    for (struct change *change = file->newest; change && way != 3; change = change->older) {
        reverted += way == 1 ? revert_all(file, change, shrinks) : revert_sectors(file, change, salt);
    }
    syscall(SYS_ftruncate, file->descriptor, end);
    return way == 3 ? (uint64_t)(size - end) : reverted;
}

// Straight to the system: the library's own functions of these names take the lock.
static void move(const char *from, const char *to) { syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0); }
static void discard(const char *path) { syscall(SYS_unlinkat, AT_FDCWD, path, 0); }

/// Undoes the newest changes of names: all, or a suffix that the folder's own draw decides.
static uint64_t damage_names(void) {
    uint64_t undone = 0, oldest = 0, salt = draw();
    for (struct naming *naming = namings; naming; naming = naming->older) oldest = naming->time;
    for (struct naming *naming = namings; naming; naming = naming->older) {
        uint64_t span = now + 2 - oldest;
        uint64_t survives = oldest + mix(salt ^ mix(naming->inode)) % span;
        if (!discards && naming->time < survives) continue;
        if (naming->moved_from) {
            move(naming->created, naming->moved_from);
        } else if (naming->created) {
            discard(naming->created);
        }
        if (naming->backup) {
            const char *place = naming->backup + strlen(naming->backup) + 1;
            move(naming->backup, place);
        }
        undone++;
    }
    for (struct naming *naming = namings; naming; naming = naming->older) {
        if (naming->backup) discard(naming->backup);
    }
    return undone;
}

/// Takes away what is not durable and kills the process. Called with the lock, which it never gives back.
static void cut_power(const char *why) {
    uint64_t reverted = 0, count = 0;
    for (struct file *file = files; file; file = file->next) {
        if (file->newest) count++;
        reverted += damage(file);
    }
    uint64_t names = tracks_names ? damage_names() : 0;
    if (log_path) {
        char line[256];
        int length = snprintf(
            line, sizeof line, "cut by %s at call %llu: %llu files were dirty, %llu bytes reverted, %llu names undone\n", why,
            (unsigned long long)calls, (unsigned long long)count, (unsigned long long)reverted, (unsigned long long)names);
        int log = (int)syscall(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (syscall(SYS_write, log, line, length) < 0) log = -1;
    }
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

static void enter(void) { pthread_mutex_lock(&lock); }
static void leave(void) { pthread_mutex_unlock(&lock); }

/// Counts a tracked call; the power may go here.
static void count_call(void) {
    calls++;
    if (crash_at && calls == crash_at) cut_power("count");
    if (one_in && draw() % one_in == 0) cut_power("chance");
}

static void on_signal(int number) {
    (void)number;
    int saved = errno;
    if (syscall(SYS_write, trigger[1], "x", 1) < 0) errno = saved;
    errno = saved;
}

/// Takes the signal even where every other thread blocks it, as children of a test runner do.
static void *watch(void *context) {
    char byte;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, (int)number("CRASH_SHIM_SIGNAL", 40));
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    while (read(trigger[0], &byte, 1) != 1) {}
    enter();
    cut_power("signal");
    return context;
}

// MARK: Files

static int is_below_root(const char *path) {
    return strncmp(path, root, root_length) == 0 && path[root_length] == '/';
}

/// The tracked file behind a descriptor; NULL for everything that isn't a regular file below the root.
static struct file *track(int descriptor, struct stat *status, int creating) {
    if (!active || fstat(descriptor, status) != 0 || !S_ISREG(status->st_mode)) return NULL;
    struct file *file = files;
    while (file && (file->inode != status->st_ino || file->device != status->st_dev)) file = file->next;
    if (file || !creating) return file;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return NULL;
    path[length] = 0;
    if (!is_below_root(path)) return NULL;
    int own = (int)syscall(SYS_openat, AT_FDCWD, link, O_RDWR | O_CLOEXEC, 0);
    if (own < 0) return NULL;
    for (file = files; file && file->descriptor >= 0;) file = file->next;
    if (!file) {
        file = calloc(1, sizeof *file);
        file->next = files, files = file;
    }
    file->device = status->st_dev, file->inode = status->st_ino, file->descriptor = own;
    return file;
}

/// Keeps what `count` bytes at `offset` are before they change.
static struct change *keep(struct file *file, const struct stat *status, off_t offset, size_t count) {
    size_t kept = offset >= status->st_size ? 0 : (size_t)(status->st_size - offset);
    if (kept > count) kept = count;
    struct change *change = malloc(sizeof *change + kept);
    *change = (struct change){file->newest, ++now, offset, count, kept, status->st_size, 0};
    size_t done = 0;
    while (done < kept) {
        ssize_t step = pread(file->descriptor, change->kept + done, kept - done, offset + (off_t)done);
        if (step <= 0) break;
        done += (size_t)step;
    }
    memset(change->kept + done, 0, kept - done);
    return file->newest = change;
}

/// The call changed only `count` bytes, or failed.
static void settle(struct file *file, struct change *change, ssize_t count) {
    if (count > 0) {
        change->count = (size_t)count;
        if (change->kept_count > change->count) change->kept_count = change->count;
        return;
    }
    file->newest = change->older;
    free(change);
}

/// Drops the changes up to a moment: they are durable. A clean file gives its descriptor back.
static void forget(struct file *file, uint64_t moment) {
    struct change **place = &file->newest;
    while (*place && (*place)->time > moment) place = &(*place)->older;
    struct change *change = *place;
    *place = NULL;
    while (change) {
        struct change *older = change->older;
        free(change);
        change = older;
    }
    if (file->newest) return;
    syscall(SYS_close, file->descriptor);
    file->descriptor = -1;
    file->inode = 0;
}

// MARK: Writes

static size_t total(const struct iovec *parts, int count) {
    size_t sum = 0;
    for (int index = 0; index < count; index++) sum += parts[index].iov_len;
    return sum;
}

/// The one place that writes: at `offset`, or where the descriptor stands when it is negative.
static ssize_t write_parts(int descriptor, const struct iovec *parts, int part_count, off_t offset) {
    int moves = offset < 0;
    enter();
    struct stat status;
    struct file *file = track(descriptor, &status, 1);
    struct change *change = NULL;
    if (file) {
        count_call();
        if (fcntl(descriptor, F_GETFL) & O_APPEND) {
            offset = status.st_size;
        } else if (moves) {
            offset = lseek(descriptor, 0, SEEK_CUR);
        }
        change = keep(file, &status, offset, total(parts, part_count));
    } else {
        leave();
    }
    ssize_t written = moves ? syscall(SYS_writev, descriptor, parts, part_count)
                            : syscall(SYS_pwritev, descriptor, parts, part_count, offset, (off_t)0);
    if (file) {
        int saved = errno;
        settle(file, change, written);
        leave();
        errno = saved;
    }
    return written;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    if (!active) return syscall(SYS_write, descriptor, bytes, count);
    return write_parts(descriptor, &(struct iovec){(void *)bytes, count}, 1, -1);
}
ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    if (!active || offset < 0) return syscall(SYS_pwrite64, descriptor, bytes, count, offset);
    return write_parts(descriptor, &(struct iovec){(void *)bytes, count}, 1, offset);
}
ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off_t offset) {
    return pwrite(descriptor, bytes, count, offset);
}
ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    if (!active) return syscall(SYS_writev, descriptor, parts, count);
    return write_parts(descriptor, parts, count, -1);
}
ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t offset) {
    if (!active || offset < 0) return syscall(SYS_pwritev, descriptor, parts, count, offset, (off_t)0);
    return write_parts(descriptor, parts, count, offset);
}
ssize_t pwritev64(int descriptor, const struct iovec *parts, int count, off_t offset) {
    return pwritev(descriptor, parts, count, offset);
}

// MARK: Sizes

/// Keeps what a change of the size to `size` replaces; the caller holds the lock.
static struct change *keep_size(struct file *file, const struct stat *status, off_t size) {
    int shrinks = size < status->st_size;
    off_t from = shrinks ? size : status->st_size;
    off_t to = shrinks ? status->st_size : size;
    struct change *change = keep(file, status, from, (size_t)(to - from));
    change->shrinks = shrinks;
    return change;
}

int ftruncate(int descriptor, off_t size) {
    enter();
    struct stat status;
    struct file *file = track(descriptor, &status, 1);
    struct change *change = NULL;
    if (file && size != status.st_size && size >= 0) {
        count_call();
        change = keep_size(file, &status, size);
    }
    int result = (int)syscall(SYS_ftruncate, descriptor, size);
    int saved = errno;
    if (change && result != 0) settle(file, change, 0);
    leave();
    errno = saved;
    return result;
}
int ftruncate64(int descriptor, off_t size) { return ftruncate(descriptor, size); }

int truncate(const char *path, off_t size) {
    int descriptor = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    int result = ftruncate(descriptor, size);
    int saved = errno;
    syscall(SYS_close, descriptor);
    errno = saved;
    return result;
}
int truncate64(const char *path, off_t size) { return truncate(path, size); }

int fallocate(int descriptor, int mode, off_t offset, off_t count) {
    enter();
    struct stat status;
    struct file *file = track(descriptor, &status, 1);
    struct change *change = NULL;
    if (file) {
        count_call();
        if (!(mode & FALLOC_FL_KEEP_SIZE) && offset + count > status.st_size) {
            change = keep_size(file, &status, offset + count);
        }
    }
    int result = (int)syscall(SYS_fallocate, descriptor, mode, offset, count);
    int saved = errno;
    if (change && result != 0) settle(file, change, 0);
    leave();
    errno = saved;
    return result;
}
int fallocate64(int descriptor, int mode, off_t offset, off_t count) {
    return fallocate(descriptor, mode, offset, count);
}
int posix_fallocate(int descriptor, off_t offset, off_t count) {
    int saved = errno;
    int code = fallocate(descriptor, 0, offset, count) == 0 ? 0 : errno;
    errno = saved;
    return code;
}
int posix_fallocate64(int descriptor, off_t offset, off_t count) { return posix_fallocate(descriptor, offset, count); }

// MARK: Names

/// The absolute path of an entry; the folder's links are resolved, the entry's are not. False where it isn't below the root.
static int locate(int folder, const char *path, char *absolute, struct stat *parent) {
    char base[PATH_MAX], parts[PATH_MAX];
    if (path[0] == '/' || folder == AT_FDCWD) {
        snprintf(parts, sizeof parts, "%s", path);
    } else {
        char link[64], place[PATH_MAX];
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t length = readlink(link, place, sizeof place - 1);
        if (length <= 0) return 0;
        place[length] = 0;
        if (snprintf(parts, sizeof parts, "%s/%s", place, path) >= (int)sizeof parts) return 0;
    }
    char *slash = strrchr(parts, '/');
    const char *name = slash ? slash + 1 : parts;
    if (slash) *slash = 0;
    if (!realpath(!slash ? "." : slash == parts ? "/" : parts, base)) return 0;
    if (snprintf(absolute, PATH_MAX, "%s/%s", base, name) >= PATH_MAX) return 0;
    return is_below_root(absolute) && stat(base, parent) == 0;
}

/// Links an entry that is about to go to a place beside the root, so that it can come back. The string holds both paths.
static char *back_up(const char *path) {
    char place[PATH_MAX + 64];
    snprintf(place, sizeof place, "%s.crash-shim-%d-%llu", root, getpid(), (unsigned long long)++backups);
    if (syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, place, 0) != 0) return NULL;
    size_t first = strlen(place) + 1, second = strlen(path) + 1;
    char *both = malloc(first + second);
    memcpy(both, place, first);
    memcpy(both + first, path, second);
    return both;
}

static void note(const struct stat *parent, const char *created, const char *moved_from, char *backup) {
    struct naming *naming = calloc(1, sizeof *naming);
    *naming = (struct naming){namings, ++now, parent->st_dev, parent->st_ino, NULL, NULL, backup};
    if (created) naming->created = strdup(created);
    if (moved_from) naming->moved_from = strdup(moved_from);
    namings = naming;
}

static void drop_backup(char *backup) {
    if (backup) discard(backup);
    free(backup);
}

/// A sync of a folder makes the changes of its names durable.
static void forget_names(const struct stat *folder, uint64_t moment) {
    struct naming **place = &namings;
    while (*place) {
        struct naming *naming = *place;
        int is_covered = !folder || (naming->device == folder->st_dev && naming->inode == folder->st_ino);
        if (!is_covered || naming->time > moment) {
            place = &naming->older;
            continue;
        }
        *place = naming->older;
        drop_backup(naming->backup);
        free(naming->created);
        free(naming->moved_from);
        free(naming);
    }
}

static int rename_entry(int old_folder, const char *old, int new_folder, const char *new, unsigned flags) {
    char from[PATH_MAX], to[PATH_MAX];
    struct stat parent, status;
    enter();
    int tracked = active && locate(new_folder, new, to, &parent) && locate(old_folder, old, from, &parent);
    if (tracked) count_call();
    int names = tracked && tracks_names && lstat(from, &status) == 0 && S_ISREG(status.st_mode);
    char *backup = names ? back_up(to) : NULL;
    int result = (int)syscall(SYS_renameat2, old_folder, old, new_folder, new, flags);
    int saved = errno;
    if (names && result == 0) {
        note(&parent, to, from, backup);
    } else {
        drop_backup(backup);
    }
    leave();
    errno = saved;
    return result;
}
int rename(const char *old, const char *new) { return rename_entry(AT_FDCWD, old, AT_FDCWD, new, 0); }
int renameat(int old_folder, const char *old, int new_folder, const char *new) {
    return rename_entry(old_folder, old, new_folder, new, 0);
}
int renameat2(int old_folder, const char *old, int new_folder, const char *new, unsigned flags) {
    return rename_entry(old_folder, old, new_folder, new, flags);
}

int linkat(int old_folder, const char *old, int new_folder, const char *new, int flags) {
    char to[PATH_MAX];
    struct stat parent;
    enter();
    int tracked = active && locate(new_folder, new, to, &parent);
    if (tracked) count_call();
    int result = (int)syscall(SYS_linkat, old_folder, old, new_folder, new, flags);
    int saved = errno;
    if (tracked && tracks_names && result == 0) note(&parent, to, NULL, NULL);
    leave();
    errno = saved;
    return result;
}

int link(const char *old, const char *new) { return linkat(AT_FDCWD, old, AT_FDCWD, new, 0); }

static int unlink_entry(int folder, const char *path, int flags) {
    char place[PATH_MAX];
    struct stat parent;
    enter();
    int tracked = active && !(flags & AT_REMOVEDIR) && locate(folder, path, place, &parent);
    if (tracked) count_call();
    char *backup = tracked && tracks_names ? back_up(place) : NULL;
    int result = (int)syscall(SYS_unlinkat, folder, path, flags);
    int saved = errno;
    if (backup && result == 0) {
        note(&parent, NULL, NULL, backup);
    } else {
        drop_backup(backup);
    }
    leave();
    errno = saved;
    return result;
}
int unlink(const char *path) { return unlink_entry(AT_FDCWD, path, 0); }
int unlinkat(int folder, const char *path, int flags) { return unlink_entry(folder, path, flags); }

/// Opens; a creation is a change of names, O_TRUNC a change of the file's bytes.
static int open_entry(int folder, const char *path, int flags, mode_t mode) {
    int changes = flags & O_CREAT || (flags & O_TRUNC && (flags & O_ACCMODE) != O_RDONLY);
    if (!active || !changes || (flags & O_TMPFILE) == O_TMPFILE) {
        return (int)syscall(SYS_openat, folder, path, flags, mode);
    }
    char place[PATH_MAX];
    struct stat parent, status;
    enter();
    int tracked = locate(folder, path, place, &parent);
    int is_new = tracked && lstat(place, &status) != 0;
    if (tracked) count_call();
    int descriptor = (int)syscall(SYS_openat, folder, path, flags & ~O_TRUNC, mode);
    int saved = errno;
    if (descriptor >= 0 && is_new && tracks_names) note(&parent, place, NULL, NULL);
    leave();
    if (descriptor >= 0 && flags & O_TRUNC && ftruncate(descriptor, 0) != 0 && errno != EINVAL) saved = errno;
    errno = saved;
    return descriptor;
}

static mode_t mode_of(int flags, va_list arguments) {
    return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
}
#define OPENING(folder)                                \
    va_list arguments;                                 \
    va_start(arguments, flags);                        \
    mode_t mode = mode_of(flags, arguments);           \
    va_end(arguments);                                 \
    return open_entry(folder, path, flags, mode)

int open(const char *path, int flags, ...) { OPENING(AT_FDCWD); }
int open64(const char *path, int flags, ...) { OPENING(AT_FDCWD); }
int openat(int folder, const char *path, int flags, ...) { OPENING(folder); }
int openat64(int folder, const char *path, int flags, ...) { OPENING(folder); }
int creat(const char *path, mode_t mode) { return open_entry(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

// MARK: Syncs

static int sync_descriptor(int descriptor, long call) {
    struct stat status;
    enter();
    struct file *file = track(descriptor, &status, 0);
    int is_folder = active && fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
    if (file) count_call();
    uint64_t moment = now;
    leave();
    if (ignores_sync) return 0;
    int result = (int)syscall(call, descriptor);
    if (result != 0 || !(file || is_folder)) return result;
    enter();
    if (file) {
        count_call();
        forget(file, moment);
    }
    if (is_folder) forget_names(&status, moment);
    leave();
    return result;
}
int fsync(int descriptor) { return sync_descriptor(descriptor, SYS_fsync); }
int fdatasync(int descriptor) { return sync_descriptor(descriptor, SYS_fdatasync); }

static void forget_all(uint64_t moment) {
    enter();
    for (struct file *file = files; file; file = file->next) {
        if (file->descriptor >= 0) forget(file, moment);
    }
    forget_names(NULL, moment);
    leave();
}
void sync(void) {
    enter();
    uint64_t moment = now;
    leave();
    if (ignores_sync) return;
    syscall(SYS_sync);
    if (active) forget_all(moment);
}
int syncfs(int descriptor) {
    enter();
    uint64_t moment = now;
    leave();
    if (ignores_sync) return 0;
    int result = (int)syscall(SYS_syncfs, descriptor);
    if (active && result == 0) forget_all(moment);
    return result;
}

// MARK: Start

__attribute__((constructor)) static void start(void) {
    const char *folder = getenv("CRASH_SHIM_ROOT");
    if (!folder || !*folder) return;
    if (!realpath(folder, root)) snprintf(root, sizeof root, "%s", folder);
    root_length = strlen(root);
    seed = mix(number("CRASH_SHIM_SEED", 1) + 0x9E3779B97F4A7C15u);
    crash_at = number("CRASH_SHIM_AT", 0);
    one_in = number("CRASH_SHIM_ONE_IN", 0);
    ignores_sync = (int)number("CRASH_SHIM_IGNORE_SYNC", 0);
    tracks_names = (int)number("CRASH_SHIM_NAMES", 0);
    const char *mode = getenv("CRASH_SHIM_MODE");
    discards = mode && strcmp(mode, "discard") == 0;
    log_path = getenv("CRASH_SHIM_LOG");
    if (pipe2(trigger, O_CLOEXEC) != 0) abort();
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction((int)number("CRASH_SHIM_SIGNAL", 40), &action, NULL);
    active = 1;
    pthread_t thread;
    if (pthread_create(&thread, NULL, watch, NULL) != 0) abort();
    pthread_detach(thread);
    pthread_atfork(enter, leave, leave);
}
