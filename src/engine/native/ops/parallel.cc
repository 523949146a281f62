#include "parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace bnlens {
namespace {

// Threads that wait for work between loops. It is never destroyed: they end with the process.
class Pool {
 public:
  explicit Pool(int64_t workers) {
    for (int64_t worker = 0; worker < workers; worker++) {
      std::thread([this] { serve(); }).detach();
    }
    workers_ = workers;
  }

  void run(int64_t count, const std::function<void(int64_t, int64_t)>& body) {
    // Some ranges more than threads: one that another process slows down takes fewer.
    const int64_t ranges = std::min(count, 4 * (workers_ + 1));
    if (workers_ == 0 || ranges < 2) return body(0, count);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      body_ = &body;
      count_ = count;
      ranges_ = ranges;
      next_ = 0;
      busy_ = workers_;
      loop_++;
    }
    begun_.notify_all();
    work();
    std::unique_lock<std::mutex> lock(mutex_);
    ended_.wait(lock, [this] { return busy_ == 0; });
  }

 private:
  void serve() {
    int64_t seen = 0;
    for (;;) {
      {
        std::unique_lock<std::mutex> lock(mutex_);
        begun_.wait(lock, [&] { return loop_ != seen; });
        seen = loop_;
      }
      work();
      std::lock_guard<std::mutex> lock(mutex_);
      if (--busy_ == 0) ended_.notify_one();
    }
  }

  void work() {
    for (int64_t range = next_++; range < ranges_; range = next_++) {
      (*body_)(range * count_ / ranges_, (range + 1) * count_ / ranges_);
    }
  }

  std::mutex mutex_;
  std::condition_variable begun_, ended_;
  int64_t workers_ = 0, busy_ = 0, loop_ = 0, count_ = 0, ranges_ = 0;
  std::atomic<int64_t> next_{0};
  const std::function<void(int64_t, int64_t)>* body_ = nullptr;
};

// As many as TensorFlow's own ops run on.
int64_t threads() {
  const char* const asked = std::getenv("TF_NUM_INTRAOP_THREADS");
  const int64_t count = asked == nullptr ? 0 : std::atoll(asked);
  return std::max<int64_t>(count > 0 ? count : std::thread::hardware_concurrency(), 1);
}

}  // namespace

void parallel(int64_t count, const std::function<void(int64_t, int64_t)>& body) {
  static Pool* const pool = new Pool(threads() - 1);
  pool->run(count, body);
}

}  // namespace bnlens
