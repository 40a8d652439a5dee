/*
 * Preloaded into a process, lets the disk fail: the calls that change files under FAULT_UNDER are counted, and from the call FAULT_AT on
 * FAULT_TIMES of them fail as FAULT_KIND says. Calls that do not change anything on the disk are not counted. A program may arm it itself.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { NONE, NO_SPACE, IO_ERROR, READ_ONLY, SHORT, SHORT_THEN_NO_SPACE, KILL, TORN_KILL };

static char under[PATH_MAX];
static atomic_long calls;
static atomic_long hits;
static atomic_long first;
static atomic_long times;
static atomic_int kind;
static char report[PATH_MAX];

void fault_arm(long at, long count, int what) {
  atomic_store(&kind, NONE);
  atomic_store(&calls, 0);
  atomic_store(&hits, 0);
  atomic_store(&first, at);
  atomic_store(&times, count);
  atomic_store(&kind, what);
}

long fault_calls(void) { return atomic_load(&calls); }
long fault_hits(void) { return atomic_load(&hits); }
void fault_under(const char *path) { snprintf(under, sizeof under, "%s", path); }

static long number(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text ? atol(text) : otherwise;
}

__attribute__((constructor)) static void begin(void) {
  if (getenv("FAULT_UNDER")) fault_under(getenv("FAULT_UNDER"));
  if (getenv("FAULT_REPORT")) snprintf(report, sizeof report, "%s", getenv("FAULT_REPORT"));
  fault_arm(number("FAULT_AT", 0), number("FAULT_TIMES", 1), (int)number("FAULT_KIND", NONE));
  /* Only this process: its workers have disks of their own. */
  unsetenv("LD_PRELOAD");
  unsetenv("FAULT_REPORT");
}

__attribute__((destructor)) static void end(void) {
  if (!report[0]) return;
  FILE *file = fopen(report, "w");
  if (!file) return;
  fprintf(file, "%ld %ld\n", atomic_load(&calls), atomic_load(&hits));
  fclose(file);
}

static int is_under(const char *path) { return under[0] && path && strncmp(path, under, strlen(under)) == 0; }

static int is_fd_under(int fd) {
  char link[64], path[PATH_MAX];
  if (!under[0]) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return is_under(path);
}

/* What is to become of a call that counts. */
static enum kind due(void) {
  long call = atomic_fetch_add(&calls, 1) + 1;
  enum kind what = (enum kind)atomic_load(&kind);
  long from = atomic_load(&first);
  if (what == NONE || from == 0 || call < from || call - from >= atomic_load(&times)) return NONE;
  atomic_fetch_add(&hits, 1);
  if (what == KILL) kill(getpid(), SIGKILL);
  if (what == SHORT_THEN_NO_SPACE && call > from) return NO_SPACE;
  return what;
}

static int failed(enum kind what) {
  switch (what) {
    case NO_SPACE: errno = ENOSPC; return 1;
    case IO_ERROR: errno = EIO; return 1;
    case READ_ONLY: errno = EROFS; return 1;
    /* Only a write can be short. */
    default: return 0;
  }
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static size_t shortened(enum kind what, size_t length) {
  return (what == SHORT || what == SHORT_THEN_NO_SPACE || what == TORN_KILL) && length > 1 ? length / 2 : length;
}

#define WRITE(name, DECLARATION, CALL)                                                    \
  ssize_t name DECLARATION {                                                              \
    REAL(name);                                                                           \
    if (!is_fd_under(fd)) return CALL(length);                                            \
    enum kind what = due();                                                               \
    if (failed(what)) return -1;                                                          \
    ssize_t done = CALL(shortened(what, length));                                         \
    if (what == TORN_KILL) kill(getpid(), SIGKILL);                                       \
    return done;                                                                          \
  }

#define CALL_WRITE(length) real(fd, bytes, length)
#define CALL_PWRITE(length) real(fd, bytes, length, offset)
WRITE(write, (int fd, const void *bytes, size_t length), CALL_WRITE)
WRITE(pwrite, (int fd, const void *bytes, size_t length, off_t offset), CALL_PWRITE)
WRITE(pwrite64, (int fd, const void *bytes, size_t length, off64_t offset), CALL_PWRITE)

/* Several buffers: a short one writes only the first. */
#define WRITE_MANY(name, DECLARATION, CALL)                                               \
  ssize_t name DECLARATION {                                                              \
    REAL(name);                                                                           \
    if (!is_fd_under(fd)) return CALL(parts, count);                                      \
    enum kind what = due();                                                               \
    if (failed(what)) return -1;                                                          \
    if (what == NONE || count == 0) return CALL(parts, count);                            \
    struct iovec part = {parts[0].iov_base, shortened(what, parts[0].iov_len)};           \
    ssize_t done = CALL(&part, 1);                                                        \
    if (what == TORN_KILL) kill(getpid(), SIGKILL);                                       \
    return done;                                                                          \
  }

#define CALL_WRITEV(parts, count) real(fd, parts, count)
#define CALL_PWRITEV(parts, count) real(fd, parts, count, offset)
WRITE_MANY(writev, (int fd, const struct iovec *parts, int count), CALL_WRITEV)
WRITE_MANY(pwritev, (int fd, const struct iovec *parts, int count, off_t offset), CALL_PWRITEV)
WRITE_MANY(pwritev64, (int fd, const struct iovec *parts, int count, off64_t offset), CALL_PWRITEV)

#define CHANGE(name, DECLARATION, UNDER, CALL)                                            \
  int name DECLARATION {                                                                  \
    REAL(name);                                                                           \
    if (UNDER && failed(due())) return -1;                                                \
    return CALL;                                                                          \
  }

CHANGE(fsync, (int fd), is_fd_under(fd), real(fd))
CHANGE(fdatasync, (int fd), is_fd_under(fd), real(fd))
CHANGE(ftruncate, (int fd, off_t length), is_fd_under(fd), real(fd, length))
CHANGE(ftruncate64, (int fd, off64_t length), is_fd_under(fd), real(fd, length))
CHANGE(fallocate, (int fd, int mode, off_t from, off_t length), is_fd_under(fd), real(fd, mode, from, length))
CHANGE(fallocate64, (int fd, int mode, off64_t from, off64_t length), is_fd_under(fd), real(fd, mode, from, length))
CHANGE(rename, (const char *from, const char *to), is_under(to), real(from, to))
CHANGE(link, (const char *from, const char *to), is_under(to), real(from, to))
CHANGE(mkdir, (const char *path, mode_t mode), is_under(path), real(path, mode))

/* posix_fallocate gives the error back instead of setting errno. */
#define ALLOCATE(name, OFFSET)                                                            \
  int name(int fd, OFFSET from, OFFSET length) {                                          \
    REAL(name);                                                                           \
    if (is_fd_under(fd) && failed(due())) return errno;                                   \
    return real(fd, from, length);                                                        \
  }
ALLOCATE(posix_fallocate, off_t)
ALLOCATE(posix_fallocate64, off64_t)

/* Opening counts where it may make a file: a disk that is read-only refuses, a full one has no room for the name. */
#define OPEN(name)                                                                        \
  int name(const char *path, int flags, ...) {                                            \
    REAL(name);                                                                           \
    mode_t mode = 0;                                                                      \
    if (flags & (O_CREAT | __O_TMPFILE)) {                                                \
      va_list arguments;                                                                  \
      va_start(arguments, flags);                                                         \
      mode = va_arg(arguments, mode_t);                                                   \
      va_end(arguments);                                                                  \
    }                                                                                     \
    if ((flags & O_CREAT) && is_under(path) && access(path, F_OK) != 0 && failed(due())) return -1; \
    return real(path, flags, mode);                                                       \
  }
OPEN(open)
OPEN(open64)
