// What every op here needs of TensorFlow's C interface.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

// Declared here because not every distribution of the library ships kernels.h and ops.h. This is
// TensorFlow's stable C interface, the same since version 2.4.
extern "C" {
typedef struct TF_OpDefinitionBuilder TF_OpDefinitionBuilder;
typedef struct TF_KernelBuilder TF_KernelBuilder;
typedef struct TF_OpKernelConstruction TF_OpKernelConstruction;
typedef struct TF_OpKernelContext TF_OpKernelContext;
typedef struct TF_Status TF_Status;
typedef struct TF_Tensor TF_Tensor;

TF_Status* TF_NewStatus();
void TF_DeleteStatus(TF_Status*);
int TF_GetCode(const TF_Status*);

void TF_DeleteTensor(TF_Tensor*);
int TF_NumDims(const TF_Tensor*);
int64_t TF_Dim(const TF_Tensor*, int axis);
int64_t TF_TensorElementCount(const TF_Tensor*);
void* TF_TensorData(const TF_Tensor*);

TF_OpDefinitionBuilder* TF_NewOpDefinitionBuilder(const char* name);
void TF_OpDefinitionBuilderAddInput(TF_OpDefinitionBuilder*, const char* spec);
void TF_OpDefinitionBuilderAddOutput(TF_OpDefinitionBuilder*, const char* spec);
void TF_OpDefinitionBuilderAddAttr(TF_OpDefinitionBuilder*, const char* spec);
void TF_RegisterOpDefinition(TF_OpDefinitionBuilder*, TF_Status*);

TF_KernelBuilder* TF_NewKernelBuilder(const char* op, const char* device,
                                      void* (*create)(TF_OpKernelConstruction*),
                                      void (*compute)(void*, TF_OpKernelContext*),
                                      void (*destroy)(void*));
void TF_RegisterKernelBuilder(const char* name, TF_KernelBuilder*, TF_Status*);

void TF_OpKernelConstruction_GetAttrSize(TF_OpKernelConstruction*, const char* name,
                                         int32_t* list, int32_t* total, TF_Status*);
void TF_OpKernelConstruction_GetAttrInt64(TF_OpKernelConstruction*, const char* name, int64_t*,
                                          TF_Status*);
void TF_OpKernelConstruction_GetAttrInt64List(TF_OpKernelConstruction*, const char* name,
                                              int64_t*, int size, TF_Status*);
void TF_OpKernelConstruction_GetAttrFloat(TF_OpKernelConstruction*, const char* name, float*,
                                          TF_Status*);
void TF_OpKernelConstruction_GetAttrBool(TF_OpKernelConstruction*, const char* name,
                                         unsigned char*, TF_Status*);

void TF_GetInput(TF_OpKernelContext*, int index, TF_Tensor**, TF_Status*);
TF_Tensor* TF_AllocateOutput(TF_OpKernelContext*, int index, int dtype, const int64_t* dims,
                             int rank, size_t bytes, TF_Status*);
void TF_OpKernelContext_Failure(TF_OpKernelContext*, TF_Status*);
}

namespace bnlens {

constexpr int TF_OK = 0;
constexpr int TF_FLOAT = 1;

// A float32 tensor of an op that runs; valid until the op has run.
struct Floats {
  TF_Tensor* tensor;
  float* data;

  int64_t dim(int axis) const { return TF_Dim(tensor, axis); }
  int64_t size() const { return TF_TensorElementCount(tensor); }
  std::vector<int64_t> shape() const {
    std::vector<int64_t> dims(TF_NumDims(tensor));
    for (size_t axis = 0; axis < dims.size(); axis++) dims[axis] = dim(static_cast<int>(axis));
    return dims;
  }
};

// The inputs and outputs of an op that runs.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  ~Call() {
    for (TF_Tensor* tensor : tensors_) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status_);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  Floats input(int index) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, index, &tensor, status_);
    return keep(tensor);
  }

  // Makes an output whose values are undefined.
  Floats output(int index, const std::vector<int64_t>& shape) {
    size_t bytes = sizeof(float);
    for (int64_t dim : shape) bytes *= dim;
    return keep(TF_AllocateOutput(context_, index, TF_FLOAT, shape.data(),
                                  static_cast<int>(shape.size()), bytes, status_));
  }

  // Whether everything asked for so far is there; tells TensorFlow where it is not.
  bool ok() const {
    if (TF_GetCode(status_) == TF_OK) return true;
    TF_OpKernelContext_Failure(context_, status_);
    return false;
  }

 private:
  Floats keep(TF_Tensor* tensor) {
    if (tensor == nullptr) return {nullptr, nullptr};
    tensors_.push_back(tensor);
    return {tensor, static_cast<float*>(TF_TensorData(tensor))};
  }

  TF_OpKernelContext* context_;
  TF_Status* status_;
  std::vector<TF_Tensor*> tensors_;
};

// Reads an op's attributes.
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction* construction)
      : construction_(construction), status_(TF_NewStatus()) {}
  ~Attributes() { TF_DeleteStatus(status_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  float number(const char* name) {
    float value = 0;
    TF_OpKernelConstruction_GetAttrFloat(construction_, name, &value, status_);
    return value;
  }
  bool flag(const char* name) {
    unsigned char value = 0;
    TF_OpKernelConstruction_GetAttrBool(construction_, name, &value, status_);
    return value != 0;
  }
  int64_t integer(const char* name) {
    int64_t value = 0;
    TF_OpKernelConstruction_GetAttrInt64(construction_, name, &value, status_);
    return value;
  }
  std::vector<int64_t> integers(const char* name) {
    int32_t size = 0, total = 0;
    TF_OpKernelConstruction_GetAttrSize(construction_, name, &size, &total, status_);
    std::vector<int64_t> values(size > 0 ? size : 0);
    TF_OpKernelConstruction_GetAttrInt64List(construction_, name, values.data(), size, status_);
    return values;
  }

 private:
  TF_OpKernelConstruction* construction_;
  TF_Status* status_;
};

// Registers an op and its kernel: Kernel(Attributes&) reads the attributes, run(Call&) computes.
template <typename Kernel>
void registerOp(const char* name, std::initializer_list<const char*> inputs,
                std::initializer_list<const char*> outputs,
                std::initializer_list<const char*> attributes) {
  TF_Status* status = TF_NewStatus();
  TF_OpDefinitionBuilder* op = TF_NewOpDefinitionBuilder(name);
  for (const char* input : inputs) TF_OpDefinitionBuilderAddInput(op, input);
  for (const char* output : outputs) TF_OpDefinitionBuilderAddOutput(op, output);
  for (const char* attribute : attributes) TF_OpDefinitionBuilderAddAttr(op, attribute);
  TF_RegisterOpDefinition(op, status);
  TF_RegisterKernelBuilder(
      name,
      TF_NewKernelBuilder(
          name, "CPU",
          [](TF_OpKernelConstruction* construction) -> void* {
            Attributes attributes(construction);
            return new Kernel(attributes);
          },
          [](void* kernel, TF_OpKernelContext* context) {
            Call call(context);
            static_cast<Kernel*>(kernel)->run(call);
          },
          [](void* kernel) { delete static_cast<Kernel*>(kernel); }),
      status);
  TF_DeleteStatus(status);
}

}  // namespace bnlens
