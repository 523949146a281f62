#include "batchNorm.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "op.h"
#include "parallel.h"
#include "simd.h"

namespace bnlens {
namespace {

// The gradient of a loss for what is normalized, from that for y. Where it is POOLED, dy counts at
// the first pixel of a square that equals its peak.
template <bool POOLED>
class Gradient {
 public:
  explicit Gradient(Attributes& attributes)
      : layout_(attributes),
        epsilon_(attributes.number("epsilon")),
        ownMoments_(attributes.flag("own_moments")),
        isRectified_(attributes.flag("rectified")),
        columns_(POOLED ? attributes.integer("pooled_columns") : 0) {}

  void run(Call& call) {
    const Floats dy = call.input(0), x = call.input(1), gamma = call.input(2);
    const Floats beta = call.input(3), mean = call.input(4), variance = call.input(5);
    // Of which x each y was made.
    const Floats origins = POOLED ? call.input(6) : x;
    if (!call.ok()) return;
    const int64_t images = x.dim(0), pixels = x.dim(1), channels = x.dim(2);
    const int64_t size = pixels * channels, outPixels = POOLED ? pixels / 4 : pixels;
    const int64_t segments = static_cast<int64_t>(layout_.segments.size());
    const Floats dx = call.output(0, {images, pixels, channels});
    const Floats dGamma = call.output(1, {segments, channels});
    const Floats dBeta = call.output(2, {segments, channels});
    if (!call.ok()) return;

    // dy counts where (x − μ)·slope + offset, the normalized x if that is rectified, is not 0 or
    // less: else it is 1 everywhere.
    std::vector<float> slopes(segments * channels), offsets(segments * channels, 1);
    if (isRectified_) {
      slopes = slopesOf(layout_, channels, gamma, variance, epsilon_);
      offsets.assign(beta.data, beta.data + segments * channels);
    }

    // Σ dy and Σ dy·(x − μ) of every image, then of every segment.
    const std::vector<int64_t> segmentOf = layout_.segmentOfImages();
    std::vector<double> sums(2 * images * channels);
    parallel(images, [&](int64_t begin, int64_t end) {
      vectorized([&](auto widest) BNLENS_INLINE {
        constexpr int LANES = widest;
        using Vec = typename Vector<LANES>::Floats;
        for (int64_t image = begin; image < end; image++) {
          const int64_t segment = segmentOf[image];
          const float* const values = origins.data + image * outPixels * channels;
          const float* const gradients = dy.data + image * outPixels * channels;
          sumPixels<LANES>(outPixels, channels, sums.data() + 2 * image * channels,
                    [&](int64_t first, auto lanes) BNLENS_INLINE {
                      const int64_t row = layout_.rowOf(segment) * channels + first;
                      const Vec center = load<LANES>(mean.data + row, lanes);
                      const Vec slope = load<LANES>(&slopes[segment * channels + first], lanes);
                      const Vec offset = load<LANES>(&offsets[segment * channels + first], lanes);
                      return [=](int64_t i, Vec& a, Vec& b) BNLENS_INLINE {
                        const Vec d = load<LANES>(values + i, lanes) - center;
                        const Vec g = load<LANES>(gradients + i, lanes);
                        const Vec counted = d * slope + offset <= 0 ? Vec{} : g;
                        a += counted;
                        b += counted * d;
                      };
                    });
        }
      });
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
    // From the last image on: those that were summed last are still near.
    parallel(images, [&](int64_t begin, int64_t end) {
      vectorized([&](auto widest) BNLENS_INLINE {
        constexpr int LANES = widest;
        using Vec = typename Vector<LANES>::Floats;
        for (int64_t image = images - 1 - begin; image >= images - end; image--) {
          const int64_t segment = segmentOf[image];
          const float* const values = x.data + image * size;
          const float* const gradients = dy.data + image * outPixels * channels;
          float* const to = dx.data + image * size;
          eachVector<LANES>(channels, [&](int64_t first, auto lanes) BNLENS_INLINE {
            const int64_t k = segment * channels + first;
            const float* const own = coefficients.data() + k;
            const Vec center =
                load<LANES>(mean.data + layout_.rowOf(segment) * channels + first, lanes);
            const Vec slope = load<LANES>(&slopes[k], lanes);
            const Vec offset = load<LANES>(&offsets[k], lanes);
            const Vec byInput = load<LANES>(own, lanes);
            const Vec level = load<LANES>(own + segments * channels, lanes);
            const Vec byGradient = load<LANES>(own + 2 * segments * channels, lanes);
            const auto counted = [&](Vec origin, Vec gradient) BNLENS_INLINE {
              return (origin - center) * slope + offset <= 0 ? Vec{} : gradient;
            };
            const auto toInput = [&](Vec value, Vec gradient) BNLENS_INLINE {
              return (value - center) * byInput + gradient * byGradient + level;
            };
            if constexpr (POOLED) {
              const float* const peaks = origins.data + image * outPixels * channels;
              eachSquare(pixels, columns_, channels, [&](int64_t pixel, int64_t square)
                                                         BNLENS_INLINE {
                const Vec peak = load<LANES>(peaks + square + first, lanes);
                Vec left = counted(peak, load<LANES>(gradients + square + first, lanes));
// GCC 12 takes vectors of conditions apart in a loop that it unrolls.
#pragma GCC unroll 1
                for (const int64_t cell : cellsOf(pixel + first, columns_, channels)) {
                  const Vec value = load<LANES>(values + cell, lanes);
                  const Vec share = where<LANES>(value == peak, left);
                  left = where<LANES>(~(value == peak), left);
                  store<LANES>(to + cell, toInput(value, share), lanes);
                }
              });
            } else {
              for (int64_t i = first; i < size; i += channels) {
                const Vec value = load<LANES>(values + i, lanes);
                const Vec gradient = counted(value, load<LANES>(gradients + i, lanes));
                store<LANES>(to + i, toInput(value, gradient), lanes);
              }
            }
          });
        }
      });
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
  bool ownMoments_, isRectified_;
  int64_t columns_;
};

const bool registered = [] {
  registerOp<Gradient<false>>(
      "BnLensBatchNormGrad",
      {"dy: float", "x: float", "gamma: float", "beta: float", "mean: float", "variance: float"},
      {"dx: float", "d_gamma: float", "d_beta: float"},
      {"segments: list(int)", "rows: int", "group_size: int", "epsilon: float", "rectified: bool",
       "own_moments: bool"});
  registerOp<Gradient<true>>(
      "BnLensPooledBatchNormGrad",
      {"dy: float", "x: float", "gamma: float", "beta: float", "mean: float", "variance: float",
       "peaks: float"},
      {"dx: float", "d_gamma: float", "d_beta: float"},
      {"segments: list(int)", "rows: int", "group_size: int", "epsilon: float", "rectified: bool",
       "own_moments: bool", "pooled_columns: int"});
  return true;
}();

}  // namespace
}  // namespace bnlens
