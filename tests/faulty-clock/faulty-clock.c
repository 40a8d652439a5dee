/* A system clock that is set while a process runs: what it shows is moved by the seconds that the file CLOCK_OFFSET holds. Linux. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static long long moved(void) {
  const char *file = getenv("CLOCK_OFFSET");
  char text[32] = {0};
  int descriptor = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
  if (descriptor < 0) return 0;
  ssize_t length = read(descriptor, text, sizeof text - 1);
  close(descriptor);
  return length > 0 ? atoll(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *shown) {
  REAL(clock_gettime);
  int result = real(clock, shown);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) shown->tv_sec += moved();
  return result;
}

int gettimeofday(struct timeval *restrict shown, void *restrict zone) {
  REAL(gettimeofday);
  int result = real(shown, zone);
  if (result == 0) shown->tv_sec += moved();
  return result;
}

time_t time(time_t *shown) {
  REAL(time);
  time_t now = real(NULL) + moved();
  if (shown) *shown = now;
  return now;
}
