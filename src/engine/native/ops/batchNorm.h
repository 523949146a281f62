// What the ops of BatchNorm over the domains of a batch share; src/nn/batchNormKernel.ts documents
// inputs, outputs and attributes. All sums over images run in the images' order, so that results do
// not depend on the number of threads.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "op.h"
#include "simd.h"

namespace bnlens {

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

// Sums two terms of each pixel of an image, [pixels, channels]: termsOf(first, lanes) returns the
// function that adds those at an index to two vectors; `sums` is [channels, 2].
template <int LANES, typename TermsOf>
inline BNLENS_INLINE void sumPixels(int64_t pixels, int64_t channels, double* sums,
                                    const TermsOf& termsOf) {
  std::fill(sums, sums + 2 * channels, 0.0);
  eachVector<LANES>(channels, [&](int64_t first, auto lanes) BNLENS_INLINE {
    const auto addTerms = termsOf(first, lanes);
    for (int64_t pixel = 0; pixel < pixels;) {
      typename Vector<LANES>::Floats a = {}, b = {};
      for (const int64_t end = std::min(pixels, pixel + RUN); pixel < end; pixel++) {
        addTerms(pixel * channels + first, a, b);
      }
      for (int64_t c = 0; c < lanes; c++) {
        sums[2 * (first + c)] += a[c];
        sums[2 * (first + c) + 1] += b[c];
      }
    }
  });
}

// γ/√(σ² + ε) of each segment, [segments, channels].
inline std::vector<float> slopesOf(const Layout& layout, int64_t channels, const Floats& gamma,
                            const Floats& variance, double epsilon) {
  std::vector<float> slopes(layout.segments.size() * channels);
  for (int64_t k = 0; k < static_cast<int64_t>(slopes.size()); k++) {
    const int64_t row = layout.rowOf(k / channels) * channels;
    const double spread = double(variance.data[row + k % channels]) + epsilon;
    slopes[k] = static_cast<float>(gamma.data[k] / std::sqrt(spread));
  }
  return slopes;
}

// Calls visit(pixel, square) for each square of 2 × 2 pixels of an image, `columns` of them in a row:
// where its first pixel begins and its result.
template <typename Visit>
inline BNLENS_INLINE void eachSquare(int64_t pixels, int64_t columns, int64_t channels,
                                     const Visit& visit) {
  int64_t square = 0;
  for (int64_t pixel = 0; pixel < pixels; pixel += 2 * columns) {
    for (const int64_t end = pixel + 2 * columns; pixel < end; pixel += 2, square++) {
      visit(pixel * channels, square * channels);
    }
  }
}

// The pixels of a square, the first of which begins there, row by row.
inline BNLENS_INLINE std::array<int64_t, 4> cellsOf(int64_t pixel, int64_t columns,
                                                    int64_t channels) {
  const int64_t below = pixel + 2 * columns * channels;
  return {pixel, pixel + channels, below, below + channels};
}

}  // namespace bnlens
