// Facts that the C compiler and library know and Swift's own modules do not show.
#pragma once
#include <stdlib.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

// The widest vector instructions that Swift code of this build may use: the compiler's settings
// reach this header through Swift's importer.
#if defined(__AVX512F__) && defined(__AVX512VL__)
#define COMPILED_VECTORS "AVX-512"
#elif defined(__AVX2__) && defined(__FMA__)
#define COMPILED_VECTORS "AVX2"
#elif defined(__SSE2__)
#define COMPILED_VECTORS "SSE2"
#elif defined(__ARM_NEON)
#define COMPILED_VECTORS "NEON"
#else
#define COMPILED_VECTORS "none"
#endif

// Bytes that the program holds from the allocator at this moment; 0 where the library cannot tell.
static inline size_t allocated_bytes(void) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

// Asks for the cache line of an address that will be read soon, without waiting for it.
static inline void prefetch_line(const void *address) {
  __builtin_prefetch(address, 0, 2);
}

// What the sanitizers cannot find out for themselves. Nothing in other builds; scripts/sanitize.sh
// asks for it.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TELLS_THREAD_SANITIZER
void __tsan_acquire(void *lock);
void __tsan_release(void *lock);
// Any address serves as the mutex.
#define SEEN_MUTEX ((void *)__tsan_acquire)
#endif
#if __has_feature(address_sanitizer)
#define TELLS_ADDRESS_SANITIZER
void __asan_poison_memory_region(const volatile void *memory, size_t bytes);
void __asan_unpoison_memory_region(const volatile void *memory, size_t bytes);
#endif
#endif

// The thread sanitizer does not see Swift's Mutex on Linux: who holds one says so, first and last.
static inline void mutex_was_locked(void) {
#if defined(TELLS_THREAD_SANITIZER)
  __tsan_acquire(SEEN_MUTEX);
#endif
}

static inline void mutex_will_be_unlocked(void) {
#if defined(TELLS_THREAD_SANITIZER)
  __tsan_release(SEEN_MUTEX);
#endif
}

// Memory of a pool that nobody may use, until it is opened.
static inline void close_memory(const void *memory, size_t bytes) {
#if defined(TELLS_ADDRESS_SANITIZER)
  __asan_poison_memory_region(memory, bytes);
#endif
}

static inline void open_memory(const void *memory, size_t bytes) {
#if defined(TELLS_ADDRESS_SANITIZER)
  __asan_unpoison_memory_region(memory, bytes);
#endif
}
