// Max pooling and its gradient, for any window, stride and padding. TensorFlow's own gradient
// searches all windows again, one image at a time, and takes nine times as long.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "op.h"
#include "parallel.h"
#include "simd.h"

namespace bnlens {
namespace {

// Where windows lie on images of [height, width, channels].
struct Windows {
  explicit Windows(Attributes& attributes)
      : window(attributes.integers("window")),
        strides(attributes.integers("strides")),
        padding(attributes.integers("padding")) {}

  // Calls visit(output, pixels) for every window: where its output begins on [outHeight, outWidth,
  // channels]; pixels(each) calls each(index) for its pixels that lie on the image, row by row.
  template <typename Visit>
  BNLENS_INLINE void each(int64_t height, int64_t width, int64_t outHeight, int64_t outWidth,
                          int64_t channels, const Visit& visit) const {
    for (int64_t row = 0; row < outHeight; row++) {
      const int64_t y = row * strides[0] - padding[0];
      const int64_t top = std::max<int64_t>(y, 0), bottom = std::min(y + window[0], height);
      for (int64_t column = 0; column < outWidth; column++) {
        const int64_t x = column * strides[1] - padding[1];
        const int64_t left = std::max<int64_t>(x, 0), right = std::min(x + window[1], width);
        visit((row * outWidth + column) * channels, [=](const auto& each) BNLENS_INLINE {
          for (int64_t h = top; h < bottom; h++) {
            for (int64_t w = left; w < right; w++) each((h * width + w) * channels);
          }
        });
      }
    }
  }

  // Whether every pixel lies in one window.
  bool partition(int64_t height, int64_t width, int64_t outHeight, int64_t outWidth) const {
    return window == strides && padding[0] == 0 && padding[1] == 0 &&
           outHeight * window[0] == height && outWidth * window[1] == width;
  }

  std::vector<int64_t> window, strides, padding;
};

class MaxPool {
 public:
  explicit MaxPool(Attributes& attributes)
      : windows_(attributes), size_(attributes.integers("size")) {}

  void run(Call& call) {
    const Floats x = call.input(0);
    if (!call.ok()) return;
    const int64_t images = x.dim(0), height = x.dim(1), width = x.dim(2), channels = x.dim(3);
    const Floats y = call.output(0, {images, size_[0], size_[1], channels});
    if (!call.ok()) return;
    parallel(images, [&](int64_t begin, int64_t end) {
      vectorized([&](auto widest) BNLENS_INLINE {
        constexpr int LANES = widest;
        using Vec = typename Vector<LANES>::Floats;
        for (int64_t image = begin; image < end; image++) {
          const float* const from = x.data + image * height * width * channels;
          float* const to = y.data + image * size_[0] * size_[1] * channels;
          windows_.each(height, width, size_[0], size_[1], channels,
                        [&](int64_t output, const auto& pixels) BNLENS_INLINE {
            eachVector<LANES>(channels, [&](int64_t first, auto lanes) BNLENS_INLINE {
              // A window that misses the image, or holds nothing but NaN, has no maximum.
              Vec largest = Vec{} - std::numeric_limits<float>::infinity();
              pixels([&](int64_t pixel) BNLENS_INLINE {
                const Vec value = load<LANES>(from + pixel + first, lanes);
                largest = value > largest ? value : largest;
              });
              store<LANES>(to + output + first, largest, lanes);
            });
          });
        }
      });
    });
  }

 private:
  Windows windows_;
  std::vector<int64_t> size_;
};

class MaxPoolGradient {
 public:
  explicit MaxPoolGradient(Attributes& attributes) : windows_(attributes) {}

  void run(Call& call) {
    const Floats dy = call.input(0), x = call.input(1), y = call.input(2);
    if (!call.ok()) return;
    const int64_t images = x.dim(0), height = x.dim(1), width = x.dim(2), channels = x.dim(3);
    const int64_t outHeight = y.dim(1), outWidth = y.dim(2);
    const int64_t size = height * width * channels, outSize = outHeight * outWidth * channels;
    const Floats dx = call.output(0, {images, height, width, channels});
    if (!call.ok()) return;
    const bool isPartition = windows_.partition(height, width, outHeight, outWidth);
    parallel(images, [&](int64_t begin, int64_t end) {
      vectorized([&](auto widest) BNLENS_INLINE {
        constexpr int LANES = widest;
        using Vec = typename Vector<LANES>::Floats;
        for (int64_t image = begin; image < end; image++) {
          const float* const values = x.data + image * size;
          const float* const maxima = y.data + image * outSize;
          const float* const gradients = dy.data + image * outSize;
          float* const to = dx.data + image * size;
          if (!isPartition) std::fill(to, to + size, 0.0f);
          windows_.each(height, width, outHeight, outWidth, channels,
                        [&](int64_t output, const auto& pixels) BNLENS_INLINE {
            eachVector<LANES>(channels, [&](int64_t first, auto lanes) BNLENS_INLINE {
              const Vec largest = load<LANES>(maxima + output + first, lanes);
              // The first of equals gets it all.
              Vec left = load<LANES>(gradients + output + first, lanes);
              pixels([&](int64_t pixel) BNLENS_INLINE {
                float* const own = to + pixel + first;
                const Vec value = load<LANES>(values + pixel + first, lanes);
                const Vec share = where<LANES>(value == largest, left);
                left = where<LANES>(~(value == largest), left);
                store<LANES>(own, isPartition ? share : load<LANES>(own, lanes) + share, lanes);
              });
            });
          });
        }
      });
    });
  }

 private:
  Windows windows_;
};

const bool registered = [] {
  registerOp<MaxPool>("BnLensMaxPool", {"x: float"}, {"y: float"},
                      {"window: list(int)", "strides: list(int)", "padding: list(int)",
                       "size: list(int)"});
  registerOp<MaxPoolGradient>("BnLensMaxPoolGrad", {"dy: float", "x: float", "y: float"},
                              {"dx: float"},
                              {"window: list(int)", "strides: list(int)", "padding: list(int)"});
  return true;
}();

}  // namespace
}  // namespace bnlens
