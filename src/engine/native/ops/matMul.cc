// Products of matrices, of which each factor may be transposed. TensorFlow's own takes three times
// as long on the small ones of a training step.
#include "op.h"
#include "product.h"

namespace bnlens {
namespace {

class MatMul {
 public:
  explicit MatMul(Attributes& attributes)
      : transposeA_(attributes.flag("transpose_a")), transposeB_(attributes.flag("transpose_b")) {}

  void run(Call& call) {
    const Floats a = call.input(0), b = call.input(1);
    if (!call.ok()) return;
    const int64_t rows = a.dim(transposeA_ ? 1 : 0), depth = a.dim(transposeA_ ? 0 : 1);
    const int64_t columns = b.dim(transposeB_ ? 0 : 1);
    const Floats result = call.output(0, {rows, columns});
    if (!call.ok()) return;
    const Matrix left = {a.data, transposeA_ ? 1 : depth, transposeA_ ? rows : 1};
    const Matrix right = {b.data, transposeB_ ? 1 : columns, transposeB_ ? depth : 1};
    multiply(left, right, rows, depth, columns, result.data);
  }

 private:
  bool transposeA_, transposeB_;
};

const bool registered = [] {
  registerOp<MatMul>("BnLensMatMul", {"a: float", "b: float"}, {"result: float"},
                     {"transpose_a: bool", "transpose_b: bool"});
  return true;
}();

}  // namespace
}  // namespace bnlens
