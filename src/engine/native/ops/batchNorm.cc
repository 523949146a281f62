// BatchNorm over the domains of a batch, forward and backward; src/nn/batchNormKernel.ts documents
// inputs, outputs and attributes. All sums over images run in the images' order, so that results do
// not depend on the number of threads.
#include <algorithm>
#include <cmath>
#include <vector>

#include "op.h"
#include "parallel.h"

namespace bnlens {
namespace {

// Channels that are summed at once, in registers.
constexpr int64_t LANES = 16;
// Pixels that are summed in float32 before the sum goes on in double precision.
constexpr int64_t RUN = 64;

struct Layout {
  explicit Layout(Attributes& attributes)
      : segments(attributes.integers("segments")), rows(attributes.integer("rows")) {}

  int64_t rowOf(int64_t segment) const { return rows == 1 ? 0 : segment; }

  // The segment of every image.
  std::vector<int64_t> segmentOfImages() const {
    std::vector<int64_t> result;
    for (size_t k = 0; k < segments.size(); k++) {
      result.insert(result.end(), segments[k], static_cast<int64_t>(k));
    }
    return result;
  }

  // Images that share each row of statistics.
  std::vector<int64_t> imagesOfRows() const {
    std::vector<int64_t> result(rows);
    for (size_t k = 0; k < segments.size(); k++) {
      result[rowOf(static_cast<int64_t>(k))] += segments[k];
    }
    return result;
  }

  std::vector<int64_t> segments;
  int64_t rows;
};

// Sums two terms of each pixel of an image: term(index, channel, a, b) sets them; `sums` is
// [channels, 2].
template <typename Term>
void sumPixels(int64_t pixels, int64_t channels, double* sums, const Term& term) {
  std::fill(sums, sums + 2 * channels, 0.0);
  for (int64_t first = 0; first < channels; first += LANES) {
    const int64_t lanes = std::min(LANES, channels - first);
    for (int64_t pixel = 0; pixel < pixels;) {
      float a[LANES] = {}, b[LANES] = {};
      const int64_t end = std::min(pixels, pixel + RUN);
      if (lanes == LANES) {
        for (; pixel < end; pixel++) {
          for (int64_t c = 0; c < LANES; c++) {
            term(pixel * channels + first + c, first + c, a[c], b[c]);
          }
        }
      } else {
        for (; pixel < end; pixel++) {
          for (int64_t c = 0; c < lanes; c++) {
            term(pixel * channels + first + c, first + c, a[c], b[c]);
          }
        }
      }
      for (int64_t c = 0; c < lanes; c++) {
        sums[2 * (first + c)] += a[c];
        sums[2 * (first + c) + 1] += b[c];
      }
    }
  }
}

class Forward {
 public:
  explicit Forward(Attributes& attributes)
      : layout_(attributes),
        epsilon_(attributes.number("epsilon")),
        ownMoments_(attributes.flag("own_moments")),
        wantsSums_(attributes.flag("wants_sums")) {}

  void run(Call& call) {
    const Floats x = call.input(0), gamma = call.input(1), beta = call.input(2);
    const Floats givenMean = call.input(3), givenVariance = call.input(4);
    if (!call.ok()) return;
    const int64_t images = x.dim(0), pixels = x.dim(1), channels = x.dim(2);
    const int64_t size = pixels * channels, rows = layout_.rows;
    const Floats y = call.output(0, {images, pixels, channels});
    const Floats mean = call.output(1, {rows, channels});
    const Floats variance = call.output(2, {rows, channels});
    const Floats shift = call.output(3, {channels});
    const Floats sums = call.output(4, {images, channels, 2});
    if (!call.ok()) return;

    // A pixel of its own lies near a channel's mean: no offset makes the squares cancel.
    std::copy(x.data, x.data + (images * pixels > 0 ? channels : 0), shift.data);
    if (ownMoments_ || wantsSums_) {
      std::vector<double> exact(2 * images * channels);
      parallel(images, [&](int64_t first, int64_t last) {
        const float* const center = shift.data;
        for (int64_t image = first; image < last; image++) {
          const float* const from = x.data + image * size;
          sumPixels(pixels, channels, exact.data() + 2 * image * channels,
                    [from, center](int64_t i, int64_t c, float& a, float& b) {
                      const float d = from[i] - center[c];
                      a += d;
                      b += d * d;
                    });
        }
      });
      std::copy(exact.begin(), exact.end(), sums.data);
      momentsOf(exact, pixels, channels, shift.data, mean.data, variance.data);
    } else {
      std::fill(sums.data, sums.data + 2 * images * channels, 0.0f);
    }
    if (!ownMoments_) {
      std::copy(givenMean.data, givenMean.data + rows * channels, mean.data);
      std::copy(givenVariance.data, givenVariance.data + rows * channels, variance.data);
    }

    std::vector<float> scale(rows * channels);
    for (size_t k = 0; k < scale.size(); k++) {
      scale[k] = static_cast<float>(gamma.data[k] / std::sqrt(double(variance.data[k]) + epsilon_));
    }
    const std::vector<int64_t> segmentOf = layout_.segmentOfImages();
    parallel(images, [&](int64_t first, int64_t last) {
      for (int64_t image = first; image < last; image++) {
        const int64_t row = layout_.rowOf(segmentOf[image]) * channels;
        const float* const __restrict center = mean.data + row;
        const float* const __restrict slope = scale.data() + row;
        const float* const __restrict offset = beta.data + row;
        const float* __restrict from = x.data + image * size;
        float* __restrict to = y.data + image * size;
        for (int64_t pixel = 0; pixel < pixels; pixel++, from += channels, to += channels) {
          for (int64_t c = 0; c < channels; c++) {
            to[c] = (from[c] - center[c]) * slope[c] + offset[c];
          }
        }
      }
    });
  }

 private:
  // Writes each row's mean and biased variance from its images' sums, [images, channels, 2].
  void momentsOf(const std::vector<double>& sums, int64_t pixels, int64_t channels,
                 const float* shift, float* mean, float* variance) const {
    const std::vector<int64_t> segmentOf = layout_.segmentOfImages();
    const std::vector<int64_t> imagesOf = layout_.imagesOfRows();
    std::vector<double> totals(2 * layout_.rows * channels);
    for (size_t image = 0; image < segmentOf.size(); image++) {
      const double* const from = sums.data() + 2 * static_cast<int64_t>(image) * channels;
      double* const to = totals.data() + 2 * layout_.rowOf(segmentOf[image]) * channels;
      for (int64_t k = 0; k < 2 * channels; k++) to[k] += from[k];
    }
    for (int64_t k = 0; k < layout_.rows * channels; k++) {
      const double count = double(imagesOf[k / channels] * pixels);
      const double offset = totals[2 * k] / count;
      mean[k] = static_cast<float>(shift[k % channels] + offset);
      const double square = totals[2 * k + 1] / count - offset * offset;
      // Not std::max: it would make 0 of NaN.
      variance[k] = square < 0 ? 0.0f : static_cast<float>(square);
    }
  }

  Layout layout_;
  double epsilon_;
  bool ownMoments_, wantsSums_;
};

class Gradient {
 public:
  explicit Gradient(Attributes& attributes)
      : layout_(attributes),
        epsilon_(attributes.number("epsilon")),
        ownMoments_(attributes.flag("own_moments")) {}

  void run(Call& call) {
    const Floats dy = call.input(0), x = call.input(1), gamma = call.input(2);
    const Floats mean = call.input(3), variance = call.input(4);
    if (!call.ok()) return;
    const int64_t images = x.dim(0), pixels = x.dim(1), channels = x.dim(2);
    const int64_t size = pixels * channels, rows = layout_.rows;
    const int64_t segments = static_cast<int64_t>(layout_.segments.size());
    const Floats dx = call.output(0, {images, pixels, channels});
    const Floats dGamma = call.output(1, {segments, channels});
    const Floats dBeta = call.output(2, {segments, channels});
    if (!call.ok()) return;

    // Σ dy and Σ dy·(x − μ) of every image, then of every segment.
    const std::vector<int64_t> segmentOf = layout_.segmentOfImages();
    std::vector<double> sums(2 * images * channels);
    parallel(images, [&](int64_t first, int64_t last) {
      for (int64_t image = first; image < last; image++) {
        const int64_t row = layout_.rowOf(segmentOf[image]) * channels;
        const float* const center = mean.data + row;
        const float* const values = x.data + image * size;
        const float* const slopes = dy.data + image * size;
        sumPixels(pixels, channels, sums.data() + 2 * image * channels,
                  [=](int64_t i, int64_t c, float& a, float& b) {
                    a += slopes[i];
                    b += slopes[i] * (values[i] - center[c]);
                  });
      }
    });
    std::vector<double> totals(2 * segments * channels);
    for (size_t image = 0; image < segmentOf.size(); image++) {
      const double* const from = sums.data() + 2 * static_cast<int64_t>(image) * channels;
      double* const to = totals.data() + 2 * segmentOf[image] * channels;
      for (int64_t k = 0; k < 2 * channels; k++) to[k] += from[k];
    }
    for (int64_t segment = 0; segment < segments; segment++) {
      for (int64_t c = 0; c < channels; c++) {
        const int64_t k = segment * channels + c;
        const double spread = variance.data[layout_.rowOf(segment) * channels + c] + epsilon_;
        dBeta.data[k] = static_cast<float>(totals[2 * k]);
        dGamma.data[k] =
            static_cast<float>(totals[2 * k + 1] / std::sqrt(spread));
      }
    }

    const std::vector<float> coefficients =
        inputCoefficients(totals, pixels, channels, gamma.data, variance.data);
    parallel(images, [&](int64_t first, int64_t last) {
      for (int64_t image = first; image < last; image++) {
        const int64_t row = layout_.rowOf(segmentOf[image]) * channels;
        const float* const __restrict center = mean.data + row;
        const float* const __restrict byInput = coefficients.data() + row;
        const float* const __restrict level = byInput + rows * channels;
        const float* const __restrict byGradient = level + rows * channels;
        const float* __restrict values = x.data + image * size;
        const float* __restrict slopes = dy.data + image * size;
        float* __restrict to = dx.data + image * size;
        for (int64_t pixel = 0; pixel < pixels; pixel++) {
          for (int64_t c = 0; c < channels; c++) {
            to[c] = (values[c] - center[c]) * byInput[c] + (slopes[c] - level[c]) * byGradient[c];
          }
          values += channels;
          slopes += channels;
          to += channels;
        }
      }
    });
  }

 private:
  // Returns byInput, level and byGradient of dx = (x − μ)·byInput + (dy − level)·byGradient, each
  // [rows, channels]: with r = 1/√(σ² + ε) and M pixels in the row,
  // dx = γr·(dy − Σdy/M − (x − μ)·r²·Σ(dy·(x − μ))/M), or γr·dy where the moments are constants.
  std::vector<float> inputCoefficients(const std::vector<double>& totals, int64_t pixels,
                                       int64_t channels, const float* gamma,
                                       const float* variance) const {
    const int64_t rows = layout_.rows;
    const std::vector<int64_t> imagesOf = layout_.imagesOfRows();
    std::vector<double> sums(2 * rows * channels);
    for (size_t segment = 0; ownMoments_ && segment < layout_.segments.size(); segment++) {
      const double* const from = totals.data() + 2 * static_cast<int64_t>(segment) * channels;
      double* const to =
          sums.data() + 2 * layout_.rowOf(static_cast<int64_t>(segment)) * channels;
      for (int64_t k = 0; k < 2 * channels; k++) to[k] += from[k];
    }
    std::vector<float> result(3 * rows * channels);
    for (int64_t k = 0; k < rows * channels; k++) {
      const double count = double(imagesOf[k / channels] * pixels);
      const double square = 1 / (variance[k] + epsilon_);
      const double byGradient = gamma[k] * std::sqrt(square);
      float* const to = result.data() + k;
      to[0] = static_cast<float>(-byGradient * square * sums[2 * k + 1] /
                                 count);
      to[rows * channels] = static_cast<float>(sums[2 * k] / count);
      to[2 * rows * channels] = static_cast<float>(byGradient);
    }
    return result;
  }

  Layout layout_;
  double epsilon_;
  bool ownMoments_;
};

const bool registered = [] {
  registerOp<Forward>(
      "BnLensBatchNorm",
      {"x: float", "gamma: float", "beta: float", "mean: float", "variance: float"},
      {"y: float", "batch_mean: float", "batch_variance: float", "shift: float", "sums: float"},
      {"segments: list(int)", "rows: int", "epsilon: float", "own_moments: bool",
       "wants_sums: bool"});
  registerOp<Gradient>(
      "BnLensBatchNormGrad",
      {"dy: float", "x: float", "gamma: float", "mean: float", "variance: float"},
      {"dx: float", "d_gamma: float", "d_beta: float"},
      {"segments: list(int)", "rows: int", "epsilon: float", "own_moments: bool"});
  return true;
}();

}  // namespace
}  // namespace bnlens
