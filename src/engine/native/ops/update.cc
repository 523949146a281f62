// The optimizers' updates of one weight; src/nn/optimizers/updateKernels.ts documents formulas and
// settings. What is kept between steps changes in its own memory. The settings are an input, since
// TensorFlow keeps a kernel for every set of attributes that it has seen.
#include <algorithm>

#include "op.h"
#include "parallel.h"
#include "simd.h"

namespace bnlens {
namespace {

// Values that are worth another thread.
constexpr int64_t SHARE = 16384;

// Calls update(first, lanes, widest) for all values, a vector of the processor's width at a time.
template <typename Update>
void eachValue(int64_t size, const Update& update) {
  parallel((size + SHARE - 1) / SHARE, [&](int64_t begin, int64_t end) {
    vectorized([&](auto widest) BNLENS_INLINE {
      constexpr int LANES = widest;
      const int64_t first = begin * SHARE;
      eachVector<LANES>(std::min(end * SHARE, size) - first, [&](int64_t i, auto lanes)
                            BNLENS_INLINE { update(first + i, lanes, widest); });
    });
  });
}

template <int LANES>
inline BNLENS_INLINE typename Vector<LANES>::Floats squareRoots(
    typename Vector<LANES>::Floats values) {
  for (int64_t c = 0; c < LANES; c++) values[c] = __builtin_sqrtf(values[c]);
  return values;
}

class Adam {
 public:
  explicit Adam(Attributes&) {}

  void run(Call& call) {
    const Floats weight = call.input(0), gradient = call.input(1);
    const Floats first = call.input(2), second = call.input(3), settings = call.input(4);
    if (!call.ok()) return;
    const Floats next = call.output(0, weight.shape());
    if (!call.ok()) return;
    const float gradientScale = settings.data[0], beta1 = settings.data[1];
    const float rest1 = settings.data[2], beta2 = settings.data[3], rest2 = settings.data[4];
    const float stepSize = settings.data[5], correction = settings.data[6];
    const float epsilon = settings.data[7], decay = settings.data[8];
    eachValue(weight.size(), [&](int64_t i, auto lanes, auto widest) BNLENS_INLINE {
      constexpr int LANES = widest;
      using Vec = typename Vector<LANES>::Floats;
      const Vec w = load<LANES>(weight.data + i, lanes);
      const Vec g = gradientScale * load<LANES>(gradient.data + i, lanes);
      const Vec m = beta1 * load<LANES>(first.data + i, lanes) + rest1 * g;
      const Vec v = beta2 * load<LANES>(second.data + i, lanes) + rest2 * g * g;
      store<LANES>(first.data + i, m, lanes);
      store<LANES>(second.data + i, v, lanes);
      const Vec step = stepSize * m / (squareRoots<LANES>(v) / correction + epsilon);
      store<LANES>(next.data + i, w - (step + decay * w), lanes);
    });
  }
};

class Momentum {
 public:
  explicit Momentum(Attributes&) {}

  void run(Call& call) {
    const Floats weight = call.input(0), gradient = call.input(1);
    const Floats momentum = call.input(2), settings = call.input(3);
    if (!call.ok()) return;
    const Floats next = call.output(0, weight.shape());
    if (!call.ok()) return;
    const float gradientScale = settings.data[0], weightDecay = settings.data[1];
    const float kept = settings.data[2], stepSize = settings.data[3];
    const float byGradient = settings.data[4], byMomentum = settings.data[5];
    eachValue(weight.size(), [&](int64_t i, auto lanes, auto widest) BNLENS_INLINE {
      constexpr int LANES = widest;
      using Vec = typename Vector<LANES>::Floats;
      const Vec w = load<LANES>(weight.data + i, lanes);
      const Vec g = gradientScale * load<LANES>(gradient.data + i, lanes) + weightDecay * w;
      const Vec b = kept * load<LANES>(momentum.data + i, lanes) + g;
      store<LANES>(momentum.data + i, b, lanes);
      store<LANES>(next.data + i, w - stepSize * (byGradient * g + byMomentum * b), lanes);
    });
  }
};

const bool registered = [] {
  registerOp<Adam>("BnLensAdam",
                   {"weight: float", "gradient: float", "first_moment: float",
                    "second_moment: float", "settings: float"},
                   {"next: float"}, {});
  registerOp<Momentum>("BnLensMomentum",
                       {"weight: float", "gradient: float", "momentum: float", "settings: float"},
                       {"next: float"}, {});
  return true;
}();

}  // namespace
}  // namespace bnlens
