// The product of matrices.
#pragma once

#include <cstdint>

namespace bnlens {

// A matrix in memory, only read: its value in a row and a column lies at
// data[row·rowStep + column·columnStep].
struct Matrix {
  const float* data;
  int64_t rowStep, columnStep;
};

// Writes left·right, [rows, columns], on all cores; left is [rows, depth], right [depth, columns].
void multiply(const Matrix& left, const Matrix& right, int64_t rows, int64_t depth,
              int64_t columns, float* result);

}  // namespace bnlens
