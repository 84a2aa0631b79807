// Writes in the ways that the shim tracks, so that the tests can say what each of them leaves behind.
//     probe FOLDER ACKNOWLEDGED WHAT
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static char path[3][512];

static int fill(const char *name, int flags, char letter, int count) {
    char bytes[8192];
    memset(bytes, letter, sizeof bytes);
    int file = open(name, O_RDWR | O_CREAT | flags, 0600);
    if (file < 0 || write(file, bytes, (size_t)count) != count) exit(2);
    return file;
}

static void sync_folder(const char *folder) {
    int entry = open(folder, O_RDONLY | O_DIRECTORY);
    if (fsync(entry) != 0) exit(3);
    close(entry);
}

/// Acknowledges each number after its sync, for ever.
static void append(const char *acknowledged) {
    int file = fill(path[0], O_APPEND, 0, 0), acknowledgement = open(acknowledged, O_RDWR | O_CREAT, 0600);
    for (unsigned number = 1;; number++) {
        struct iovec parts[2] = {{&number, 4}, {&number, 4}};
        if (writev(file, parts, 2) != 8 || fdatasync(file) != 0) exit(4);
        if (pwrite(acknowledgement, &number, 4, 0) != 4) exit(5);
        if (number % 7 == 0 && write(file, "unsynced", 8) != 8) exit(6);
    }
}

int main(int count, char **arguments) {
    if (count != 4) return 1;
    for (int index = 0; index < 3; index++) snprintf(path[index], sizeof path[0], "%s/%d", arguments[1], index);
    const char *what = arguments[3];
    if (strcmp(what, "append") == 0) append(arguments[2]);
    // Synced bytes, then unsynced ones over, behind and instead of them.
    int first = fill(path[0], 0, 'a', 4000);
    fsync(first);
    if (pwrite(first, "bbbbbbbb", 8, 100) != 8 || pwrite(first, "cccc", 4, 5000) != 4) return 7;
    int second = fill(path[1], 0, 'd', 3000);
    fdatasync(second);
    if (ftruncate(second, 10) != 0) return 8;
    sync_folder(arguments[1]);
    if (strcmp(what, "names") == 0) {
        int third = fill(path[2], 0, 'e', 500);
        fsync(third);
        if (rename(path[2], path[0]) != 0 || unlink(path[1]) != 0) return 9;
    }
    if (strcmp(what, "settle") == 0) fsync(first), fsync(second);
    kill(getpid(), 40);
    for (;;) pause();
}
