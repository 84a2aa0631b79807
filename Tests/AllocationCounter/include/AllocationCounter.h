#pragma once
/// How many times this thread has allocated, by malloc or any of its relatives. Whatever links this counts.
unsigned long allocation_count(void);
