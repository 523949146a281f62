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
      : segments(attributes.integers("segments")),
        rows(attributes.integer("rows")),
        groupSize(attributes.integer("group_size")) {}

  int64_t rowOf(int64_t segment) const { return rows == 1 ? 0 : segment; }

  // The segment of every image.
  std::vector<int64_t> segmentOfImages() const {
    std::vector<int64_t> result;
    for (size_t k = 0; k < segments.size(); k++) {
      result.insert(result.end(), segments[k], static_cast<int64_t>(k));
    }
    return result;
  }

  // Images that share each row of moments.
  std::vector<int64_t> imagesOfRows() const {
    std::vector<int64_t> result(rows);
    for (size_t k = 0; k < segments.size(); k++) {
      result[rowOf(static_cast<int64_t>(k))] += segments[k];
    }
    return result;
  }

  std::vector<int64_t> segments;
  int64_t rows, groupSize;
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

class Moments {
 public:
  explicit Moments(Attributes& attributes) : layout_(attributes) {}

  void run(Call& call) {
    const Floats x = call.input(0);
    if (!call.ok()) return;
    const int64_t images = x.dim(0), pixels = x.dim(1), channels = x.dim(2);
    const Floats mean = call.output(0, {layout_.rows, channels});
    const Floats variance = call.output(1, {layout_.rows, channels});
    const Floats shift = call.output(2, {channels});
    const Floats sums = call.output(3, {images, channels, 2});
    if (!call.ok()) return;

    // A pixel of its own lies near a channel's mean: no offset makes the squares cancel.
    std::copy(x.data, x.data + (images * pixels > 0 ? channels : 0), shift.data);
    std::vector<double> exact(2 * images * channels);
    parallel(images, [&](int64_t first, int64_t last) {
      const float* const center = shift.data;
      for (int64_t image = first; image < last; image++) {
        const float* const from = x.data + image * pixels * channels;
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
    const int64_t size = layout_.groupSize;
    for (int64_t first = 0; first < layout_.rows * channels; first += size) {
      const double count = double(imagesOf[first / channels] * pixels);
      const auto meanOf = [&](int64_t k) { return shift[k % channels] + totals[2 * k] / count; };
      double sum = 0;
      for (int64_t k = first; k < first + size; k++) sum += meanOf(k);
      const double center = sum / double(size);
      double squares = 0;
      for (int64_t k = first; k < first + size; k++) {
        const double offset = totals[2 * k] / count;
        const double within = totals[2 * k + 1] / count - offset * offset;
        // Not std::max: it would make 0 of NaN.
        squares += within < 0 ? 0.0 : within;
        // Between the channel and the others of its group.
        if (size > 1) squares += (meanOf(k) - center) * (meanOf(k) - center);
      }
      std::fill(mean + first, mean + first + size, static_cast<float>(center));
      std::fill(variance + first, variance + first + size,
                static_cast<float>(squares / double(size)));
    }
  }

  Layout layout_;
};

class Forward {
 public:
  explicit Forward(Attributes& attributes)
      : layout_(attributes), epsilon_(attributes.number("epsilon")) {}

  void run(Call& call) {
    const Floats x = call.input(0), gamma = call.input(1), beta = call.input(2);
    const Floats mean = call.input(3), variance = call.input(4);
    if (!call.ok()) return;
    const int64_t images = x.dim(0), pixels = x.dim(1), channels = x.dim(2);
    const int64_t size = pixels * channels;
    const Floats y = call.output(0, {images, pixels, channels});
    if (!call.ok()) return;

    std::vector<float> scale(layout_.segments.size() * channels);
    for (int64_t k = 0; k < static_cast<int64_t>(scale.size()); k++) {
      const int64_t row = layout_.rowOf(k / channels) * channels;
      const double spread = double(variance.data[row + k % channels]) + epsilon_;
      scale[k] = static_cast<float>(gamma.data[k] / std::sqrt(spread));
    }
    const std::vector<int64_t> segmentOf = layout_.segmentOfImages();
    parallel(images, [&](int64_t first, int64_t last) {
      for (int64_t image = first; image < last; image++) {
        const int64_t segment = segmentOf[image];
        const float* const __restrict center = mean.data + layout_.rowOf(segment) * channels;
        const float* const __restrict slope = scale.data() + segment * channels;
        const float* const __restrict offset = beta.data + segment * channels;
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
  Layout layout_;
  double epsilon_;
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
    const int64_t size = pixels * channels;
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
        const int64_t segment = segmentOf[image];
        const float* const __restrict center = mean.data + layout_.rowOf(segment) * channels;
        const float* const __restrict byInput = coefficients.data() + segment * channels;
        const float* const __restrict level = byInput + segments * channels;
        const float* const __restrict byGradient = level + segments * channels;
        const float* __restrict values = x.data + image * size;
        const float* __restrict slopes = dy.data + image * size;
        float* __restrict to = dx.data + image * size;
        for (int64_t pixel = 0; pixel < pixels; pixel++) {
          for (int64_t c = 0; c < channels; c++) {
            to[c] = (values[c] - center[c]) * byInput[c] + slopes[c] * byGradient[c] + level[c];
          }
          values += channels;
          slopes += channels;
          to += channels;
        }
      }
    });
  }

 private:
  // Returns byInput, level and byGradient of dx = (x − μ)·byInput + dy·byGradient + level, each
  // [segments, channels]: with r = 1/√(σ² + ε), and sums over the M values that share the moments,
  // dx = r·(γ·dy − Σγ·dy/M − (x − μ)·r²·Σγ·dy·(x − μ)/M), or γ·r·dy where the moments are constants.
  std::vector<float> inputCoefficients(const std::vector<double>& totals, int64_t pixels,
                                       int64_t channels, const float* gamma,
                                       const float* variance) const {
    const int64_t size = static_cast<int64_t>(layout_.segments.size()) * channels;
    const int64_t groups = channels / layout_.groupSize;
    const auto groupOf = [&](int64_t k) {
      return layout_.rowOf(k / channels) * groups + k % channels / layout_.groupSize;
    };
    std::vector<double> sums(2 * layout_.rows * groups);
    for (int64_t k = 0; ownMoments_ && k < size; k++) {
      sums[2 * groupOf(k)] += gamma[k] * totals[2 * k];
      sums[2 * groupOf(k) + 1] += gamma[k] * totals[2 * k + 1];
    }
    const std::vector<int64_t> imagesOf = layout_.imagesOfRows();
    std::vector<float> result(3 * size);
    for (int64_t k = 0; k < size; k++) {
      const int64_t row = layout_.rowOf(k / channels);
      const double count = double(imagesOf[row] * pixels * layout_.groupSize);
      const double square = 1 / (variance[row * channels + k % channels] + epsilon_);
      const double r = std::sqrt(square);
      result[k] = static_cast<float>(-r * square * sums[2 * groupOf(k) + 1] / count);
      result[size + k] = static_cast<float>(-r * sums[2 * groupOf(k)] / count);
      result[2 * size + k] = static_cast<float>(gamma[k] * r);
    }
    return result;
  }

  Layout layout_;
  double epsilon_;
  bool ownMoments_;
};

const bool registered = [] {
  registerOp<Moments>(
      "BnLensBatchNormMoments", {"x: float"},
      {"mean: float", "variance: float", "shift: float", "sums: float"},
      {"segments: list(int)", "rows: int", "group_size: int"});
  registerOp<Forward>(
      "BnLensBatchNorm",
      {"x: float", "gamma: float", "beta: float", "mean: float", "variance: float"},
      {"y: float"}, {"segments: list(int)", "rows: int", "group_size: int", "epsilon: float"});
  registerOp<Gradient>(
      "BnLensBatchNormGrad",
      {"dy: float", "x: float", "gamma: float", "mean: float", "variance: float"},
      {"dx: float", "d_gamma: float", "d_beta: float"},
      {"segments: list(int)", "rows: int", "group_size: int", "epsilon: float",
       "own_moments: bool"});
  return true;
}();

}  // namespace
}  // namespace bnlens
