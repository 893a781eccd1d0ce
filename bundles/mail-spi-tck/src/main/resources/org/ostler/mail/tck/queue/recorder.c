/* SPDX-License-Identifier: Apache-2.0
 *
 * recorder - writes down, in order, what a process does to the files below one directory
 *
 * Preloaded (LD_PRELOAD) by the power cut contract. Environment:
 *   REC_DIR      absolute path of the directory to watch
 *   REC_MARKS    absolute path of a file whose writes are recorded as marks, not as data
 *   REC_LOG      where the record goes
 *   REC_SWALLOW  when set, fsync and fdatasync succeed without doing or recording anything: a store that never flushes
 *
 * A write is recorded after it was done and before the caller learns of it; a flush is recorded at its start and at its successful end, so that it covers exactly
 * the writes recorded before its start. Each event: type(1), pad(3), n1(4), n2(4), inode(8), offset(8), then n1 and n2 bytes.
 * Not seen: mmap, sendfile, copy_file_range. A store that uses them cannot be judged by this contract.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS 65536
enum { UNKNOWN, OTHER, WATCHED, WATCHED_DIR, MARKS };

static char watched[PATH_MAX], marks[PATH_MAX];
static size_t watched_len;
static int log_fd = -1, swallow;
static unsigned char kind[FDS];
static uint64_t sync_ids;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(type, name, ...) static type (*real_##name)(__VA_ARGS__)
REAL(int, open, const char *, int, ...);
REAL(int, openat, int, const char *, int, ...);
REAL(int, close, int);
REAL(ssize_t, write, int, const void *, size_t);
REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
REAL(ssize_t, writev, int, const struct iovec *, int);
REAL(ssize_t, pwritev, int, const struct iovec *, int, off_t);
REAL(int, ftruncate, int, off_t);
REAL(int, fsync, int);
REAL(int, fdatasync, int);
REAL(int, rename, const char *, const char *);
REAL(int, renameat, int, const char *, int, const char *);
REAL(int, unlink, const char *);
REAL(int, unlinkat, int, const char *, int);
REAL(int, rmdir, const char *);
REAL(int, mkdir, const char *, mode_t);

__attribute__((constructor)) static void start(void)
{
#define LOAD(name) *(void **) &real_##name = dlsym(RTLD_NEXT, #name)
    LOAD(open); LOAD(openat); LOAD(close); LOAD(write); LOAD(pwrite); LOAD(writev); LOAD(pwritev); LOAD(ftruncate); LOAD(fsync); LOAD(fdatasync);
    LOAD(rename); LOAD(renameat); LOAD(unlink); LOAD(unlinkat); LOAD(rmdir); LOAD(mkdir);
    const char *dir = getenv("REC_DIR"), *mark = getenv("REC_MARKS"), *log = getenv("REC_LOG");
    if (!dir || !log)
        return;
    snprintf(watched, sizeof watched, "%s", dir);
    watched_len = strlen(watched);
    snprintf(marks, sizeof marks, "%s", mark ? mark : "");
    swallow = getenv("REC_SWALLOW") != 0;
    log_fd = real_open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int below(const char *path)
{
    return log_fd >= 0 && strncmp(path, watched, watched_len) == 0 && (path[watched_len] == '/' || path[watched_len] == 0);
}

static void put(const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        ssize_t n = real_write(log_fd, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            abort();
        at += n;
        size -= (size_t) n;
    }
}

/* Call with the lock held. */
static void event(char type, uint64_t inode, uint64_t offset, const void *d1, size_t n1, const void *d2, size_t n2)
{
    char head[28] = { type };
    uint32_t a = (uint32_t) n1, b = (uint32_t) n2;
    memcpy(head + 4, &a, 4);
    memcpy(head + 8, &b, 4);
    memcpy(head + 12, &inode, 8);
    memcpy(head + 20, &offset, 8);
    put(head, sizeof head);
    put(d1, n1);
    put(d2, n2);
}

static int kind_of(int fd)
{
    if (log_fd < 0 || fd < 0 || fd >= FDS || fd == log_fd)
        return OTHER;
    if (kind[fd] == UNKNOWN) {
        char link[64], path[PATH_MAX];
        struct stat st;
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, path, sizeof path - 1);
        path[n < 0 ? 0 : n] = 0;
        if (*marks && strcmp(path, marks) == 0)
            kind[fd] = MARKS;
        else if (!below(path) || fstat(fd, &st) != 0)
            kind[fd] = OTHER;
        else
            kind[fd] = S_ISDIR(st.st_mode) ? WATCHED_DIR : WATCHED;
    }
    return kind[fd];
}

static uint64_t inode_of(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

static int opened(int at, const char *path, int flags, mode_t mode)
{
    int mine = path[0] == '/' && below(path);
    if (!mine) {
        int fd = real_openat(at, path, flags, mode);
        if (fd >= 0 && fd < FDS)
            kind[fd] = UNKNOWN;
        return fd;
    }
    pthread_mutex_lock(&lock);
    int existed = access(path, F_OK) == 0;
    int fd = real_openat(at, path, flags, mode);
    int saved = errno;
    if (fd >= 0 && fd < FDS) {
        kind[fd] = UNKNOWN;
        if (kind_of(fd) == WATCHED) {
            if (!existed)
                event('C', inode_of(fd), 0, path, strlen(path), 0, 0);
            else if (flags & O_TRUNC)
                event('T', inode_of(fd), 0, 0, 0, 0, 0);
        }
    }
    pthread_mutex_unlock(&lock);
    errno = saved;
    return fd;
}

#define MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list ap; va_start(ap, flags); mode = va_arg(ap, mode_t); va_end(ap); }
int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode); }

int close(int fd)
{
    if (fd >= 0 && fd < FDS)
        kind[fd] = UNKNOWN;
    return real_close(fd);
}

/* offset -1: at the file position. */
static ssize_t written(int fd, const struct iovec *iov, int count, off_t offset)
{
    int k = kind_of(fd);
    if (k != WATCHED && k != MARKS)
        return offset < 0 ? real_writev(fd, iov, count) : real_pwritev(fd, iov, count, offset);
    pthread_mutex_lock(&lock);
    ssize_t n = offset < 0 ? real_writev(fd, iov, count) : real_pwritev(fd, iov, count, offset);
    int saved = errno;
    if (n > 0) {
        off_t at = offset < 0 ? lseek(fd, 0, SEEK_CUR) - n : offset;
        ssize_t left = n;
        for (int i = 0; i < count && left > 0; i++) {
            ssize_t part = (ssize_t) iov[i].iov_len < left ? (ssize_t) iov[i].iov_len : left;
            event(k == MARKS ? 'K' : 'W', inode_of(fd), (uint64_t) at, iov[i].iov_base, (size_t) part, 0, 0);
            at += part;
            left -= part;
        }
    }
    pthread_mutex_unlock(&lock);
    errno = saved;
    return n;
}

ssize_t write(int fd, const void *data, size_t size) { struct iovec v = { (void *) data, size }; return written(fd, &v, 1, -1); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { struct iovec v = { (void *) data, size }; return written(fd, &v, 1, at); }
ssize_t pwrite64(int fd, const void *data, size_t size, off_t at) { struct iovec v = { (void *) data, size }; return written(fd, &v, 1, at); }
ssize_t writev(int fd, const struct iovec *iov, int count) { return written(fd, iov, count, -1); }
ssize_t pwritev(int fd, const struct iovec *iov, int count, off_t at) { return written(fd, iov, count, at); }
ssize_t pwritev64(int fd, const struct iovec *iov, int count, off_t at) { return written(fd, iov, count, at); }

int ftruncate(int fd, off_t size)
{
    if (kind_of(fd) != WATCHED)
        return real_ftruncate(fd, size);
    pthread_mutex_lock(&lock);
    int rc = real_ftruncate(fd, size);
    if (rc == 0)
        event('T', inode_of(fd), (uint64_t) size, 0, 0, 0, 0);
    pthread_mutex_unlock(&lock);
    return rc;
}
int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }

static int synced(int fd, int (*how)(int))
{
    int k = kind_of(fd);
    if (k != WATCHED && k != WATCHED_DIR)
        return how(fd);
    if (swallow)
        return 0;
    char link[64], path[PATH_MAX];
    ssize_t n = 0;
    if (k == WATCHED_DIR) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        n = readlink(link, path, sizeof path - 1);
    }
    uint64_t inode = inode_of(fd);
    pthread_mutex_lock(&lock);
    uint64_t id = ++sync_ids;
    event(k == WATCHED ? 'B' : 'b', inode, id, path, (size_t) (n > 0 ? n : 0), 0, 0);
    pthread_mutex_unlock(&lock);
    int rc = how(fd);
    if (rc == 0) {
        pthread_mutex_lock(&lock);
        event(k == WATCHED ? 'E' : 'e', inode, id, path, (size_t) (n > 0 ? n : 0), 0, 0);
        pthread_mutex_unlock(&lock);
    }
    return rc;
}
int fsync(int fd) { return synced(fd, real_fsync); }
int fdatasync(int fd) { return synced(fd, real_fdatasync); }

static int named(char type, const char *a, const char *b, int rc)
{
    int saved = errno;
    if (rc == 0)
        event(type, 0, 0, a, strlen(a), b, b ? strlen(b) : 0);
    pthread_mutex_unlock(&lock);
    errno = saved;
    return rc;
}
int rename(const char *a, const char *b)
{
    if (!below(a) && !below(b))
        return real_rename(a, b);
    pthread_mutex_lock(&lock);
    return named('R', a, b, real_rename(a, b));
}
int renameat(int x, const char *a, int y, const char *b)
{
    return a[0] == '/' && b[0] == '/' ? rename(a, b) : real_renameat(x, a, y, b);
}
int unlink(const char *a)
{
    if (!below(a))
        return real_unlink(a);
    pthread_mutex_lock(&lock);
    return named('U', a, 0, real_unlink(a));
}
int rmdir(const char *a)
{
    if (!below(a))
        return real_rmdir(a);
    pthread_mutex_lock(&lock);
    return named('U', a, 0, real_rmdir(a));
}
int unlinkat(int at, const char *a, int flags)
{
    return a[0] != '/' ? real_unlinkat(at, a, flags) : flags & AT_REMOVEDIR ? rmdir(a) : unlink(a);
}
int mkdir(const char *a, mode_t mode)
{
    if (!below(a))
        return real_mkdir(a, mode);
    pthread_mutex_lock(&lock);
    return named('M', a, 0, real_mkdir(a, mode));
}
