#include "product.h"

#include <algorithm>
#include <memory>

#include "parallel.h"
#include "simd.h"

namespace bnlens {
namespace {

// Columns of the right factor that are laid out together.
constexpr int64_t STRIP = 32;
// Rows that are worth a thread's turn.
constexpr int64_t BLOCK = 56;
// Rows and vectors of a tile: as many sums as the processor has registers for.
template <int LANES>
constexpr int ROWS = LANES == 16 ? 14 : 6;
constexpr int VECTORS = 2;

// Some rows of a product with one strip, [depth, STRIP], whose columns beyond `columns` are 0.
struct Block {
  Matrix left;
  const float* strip;
  int64_t rows, depth, columns;
  float* result;
  int64_t resultStep;
};

template <int LANES, int COUNT, int WIDTH>
inline BNLENS_INLINE void tile(const Block& block, int64_t row, int64_t column) {
  typename Vector<LANES>::Floats sums[COUNT][WIDTH] = {};
  const int64_t rowStep = block.left.rowStep;
  const float* left = block.left.data + row * rowStep;
  const float* right = block.strip + column;
  for (int64_t k = 0; k < block.depth; k++, left += block.left.columnStep, right += STRIP) {
    typename Vector<LANES>::Floats values[WIDTH];
#pragma GCC unroll 2
    for (int v = 0; v < WIDTH; v++) values[v] = load<LANES>(right + v * LANES);
#pragma GCC unroll 16
    for (int r = 0; r < COUNT; r++) {
#pragma GCC unroll 2
      for (int v = 0; v < WIDTH; v++) sums[r][v] += left[r * rowStep] * values[v];
    }
  }
  float* const result = block.result + row * block.resultStep + column;
  const int64_t width = std::min<int64_t>(block.columns - column, WIDTH * LANES);
  const bool isWhole = width == WIDTH * LANES;
  float kept[COUNT * WIDTH * LANES];
  float* const to = isWhole ? result : kept;
  const int64_t step = isWhole ? block.resultStep : WIDTH * LANES;
#pragma GCC unroll 16
  for (int r = 0; r < COUNT; r++) {
#pragma GCC unroll 2
    for (int v = 0; v < WIDTH; v++) store<LANES>(to + r * step + v * LANES, sums[r][v]);
  }
  for (int64_t r = 0; r < COUNT && !isWhole; r++) {
    std::copy(kept + r * step, kept + r * step + width, result + r * block.resultStep);
  }
}

// The tile of `count` rows, MOST or fewer.
template <int LANES, int WIDTH, int MOST>
inline BNLENS_INLINE void tileOf(int64_t count, const Block& block, int64_t row, int64_t column) {
  if (count == MOST) return tile<LANES, MOST, WIDTH>(block, row, column);
  if constexpr (MOST > 1) tileOf<LANES, WIDTH, MOST - 1>(count, block, row, column);
}

void multiplyBlock(const Block& block) {
  vectorized([&](auto lanes) BNLENS_INLINE {
    constexpr int LANES = lanes;
    // Tiles of about as many rows each.
    const int64_t tiles = (block.rows + ROWS<LANES> - 1) / ROWS<LANES>;
    for (int64_t column = 0; column < block.columns; column += VECTORS * LANES) {
      for (int64_t t = 0; t < tiles; t++) {
        const int64_t row = t * block.rows / tiles;
        const int64_t count = (t + 1) * block.rows / tiles - row;
        if (block.columns - column > LANES) {
          tileOf<LANES, VECTORS, ROWS<LANES>>(count, block, row, column);
        } else {
          tileOf<LANES, 1, ROWS<LANES>>(count, block, row, column);
        }
      }
    }
  });
}

// Lays out some columns of a matrix, [depth, STRIP]; what is beyond them is 0.
void layOut(const Matrix& matrix, int64_t depth, int64_t columns, float* strip) {
  const float* from = matrix.data;
  for (int64_t k = 0; k < depth; k++, strip += STRIP, from += matrix.rowStep) {
    for (int64_t c = 0; c < columns; c++) strip[c] = from[c * matrix.columnStep];
    std::fill(strip + columns, strip + STRIP, 0.0f);
  }
}

}  // namespace

void multiply(const Matrix& left, const Matrix& right, int64_t rows, int64_t depth,
              int64_t columns, float* result) {
  const int64_t count = (columns + STRIP - 1) / STRIP;
  const auto widthOf = [&](int64_t strip) { return std::min(STRIP, columns - strip * STRIP); };
  const std::unique_ptr<float[]> strips(new float[count * STRIP * depth]);
  parallel(count, [&](int64_t begin, int64_t end) {
    for (int64_t strip = begin; strip < end; strip++) {
      const Matrix own = {right.data + strip * STRIP * right.columnStep, right.rowStep,
                          right.columnStep};
      layOut(own, depth, widthOf(strip), strips.get() + strip * STRIP * depth);
    }
  });
  const int64_t blocks = (rows + BLOCK - 1) / BLOCK;
  parallel(count * blocks, [&](int64_t begin, int64_t end) {
    for (int64_t index = begin; index < end; index++) {
      const int64_t strip = index / blocks, row = index % blocks * BLOCK;
      multiplyBlock({{left.data + row * left.rowStep, left.rowStep, left.columnStep},
                     strips.get() + strip * STRIP * depth, std::min(BLOCK, rows - row), depth,
                     widthOf(strip), result + row * columns + strip * STRIP, columns});
    }
  });
}

}  // namespace bnlens
