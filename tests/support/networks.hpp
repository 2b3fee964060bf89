// ONNX models made for tests, as exporters write them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace onnx {
class ModelProto;
}

namespace colony::testing {

/// A fully connected network: sizes.size() - 1 layers, Gemm with transposed weights (as PyTorch exports them), each but the last followed
/// by `activation` (the name of an ONNX operator; empty: none). Weights are drawn from `seed`.
onnx::ModelProto perceptron(const std::vector<std::uint32_t>& sizes, const std::string& activation, std::uint64_t seed);

/// Its outputs by the book: double precision, libm.
std::vector<double> perceptron_by_the_book(const std::vector<std::uint32_t>& sizes, const std::string& activation, std::uint64_t seed,
                                           const std::vector<float>& observation);

/// A GRU cell between observations and actions, whose hidden state goes in and comes out, as PyTorch exports nn.GRU.
onnx::ModelProto gru(std::uint32_t inputs, std::uint32_t hidden, std::uint32_t outputs, std::uint64_t seed);

std::string bytes_of(const onnx::ModelProto& model);
/// A file of this process, removed at its end, with a perceptron.
std::string policy_file(const std::vector<std::uint32_t>& sizes, const std::string& activation, std::uint64_t seed);
/// ... or with a GRU.
std::string gru_file(std::uint32_t inputs, std::uint32_t hidden, std::uint32_t outputs, std::uint64_t seed);

}  // namespace colony::testing
