package dev.rankwise.models.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.source.ProtobufFields.MalformedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestOnnxEncoderWeights {
  @TempDir Path folder;
  private ModuleTree tree;
  private final Map<String, OnnxGraph.Tensor> tensors = new LinkedHashMap<>();
  private final List<OnnxGraph.Node> nodes = new ArrayList<>();
  private final Map<String, float[]> expected = new LinkedHashMap<>();

  /** A graph as the exporter makes it: linear weights unnamed and (in, out), the rest by name. */
  @BeforeEach
  void exportAnEncoder() {
    Path json = folder.resolve("config.json");
    AtomicFile.write(
        json,
        """
        {"model_type": "bert", "hidden_size": 4, "num_attention_heads": 2, "vocab_size": 7,
         "num_hidden_layers": 2, "intermediate_size": 6, "max_position_embeddings": 5}
        """);
    tree = ModuleTree.of(ModelConfig.read(json));
    int number = 0;
    for (Map.Entry<String, List<Long>> weight : tree.tensors().entrySet()) {
      String name = weight.getKey();
      if (name.startsWith("pooler.")) {
        continue;
      }
      List<Long> shape = weight.getValue();
      float[] values = values(shape, 100 * ++number);
      expected.put(name, values);
      String module = name.substring(0, name.lastIndexOf('.'));
      if (name.endsWith(".weight") && tree.module(module).kind() == ModuleKind.LINEAR) {
        String unnamed = "onnx::MatMul_" + number;
        put(unnamed, List.of(shape.get(1), shape.get(0)), transposed(values, shape));
        nodes.add(node("MatMul", module + "_product", module + "_input", unnamed));
        nodes.add(
            number % 2 == 0
                ? node("Add", module + "_output", module + ".bias", module + "_product")
                : node("Add", module + "_output", module + "_product", module + ".bias"));
      } else {
        put(name, shape, values);
      }
    }
    nodes.add(node("MatMul", "scores", "queries", "keys"));
    nodes.add(node("Add", "residual", "scores", "queries"));
  }

  @Test
  void tellsLinearWeightsByTheBiasThatIsAddedToTheirProduct() throws MalformedException {
    tensors.put(
        "embeddings.position_ids",
        new OnnxGraph.Tensor("embeddings.position_ids", 7, List.of(1L), ByteBuffer.allocate(8)));
    Map<String, float[]> taken = new LinkedHashMap<>();
    for (StoredTensor tensor : OnnxEncoderWeights.take(graph(), tree)) {
      float[] values = new float[tensor.bytes().remaining() / Float.BYTES];
      tensor.bytes().asFloatBuffer().get(values);
      taken.put(tensor.name(), values);
      assertThat(tensor.shape()).isEqualTo(tree.tensors().get(tensor.name()));
    }
    assertThat(taken.keySet()).containsExactlyElementsOf(expected.keySet());
    taken.forEach((name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
  }

  @Test
  void saysWhichWeightIsNotInTheGraph() {
    nodes.removeIf(node -> node.outputs().contains("encoder.layer.1.output.dense_output"));
    assertMalformed("weight encoder.layer.1.output.dense.weight is not in the graph");
  }

  @Test
  void refusesAnInitializerThatBelongsToNothing() {
    put("onnx::MatMul_999", List.of(1L), new float[1]);
    assertMalformed("initializers [onnx::MatMul_999] belong to no module");
  }

  @Test
  void refusesTwoProductsWithOneBias() {
    String bias = "encoder.layer.0.attention.self.query.bias";
    nodes.add(node("MatMul", "second", "x", "onnx::MatMul_6"));
    nodes.add(node("Add", "sum", "second", bias));
    assertMalformed("two products are added to " + bias);
  }

  @Test
  void refusesAnotherShapeOrType() {
    put("embeddings.LayerNorm.bias", List.of(5L), new float[5]);
    assertMalformed(
        "weight embeddings.LayerNorm.bias has shape [5] and element type 1, where [4] of 32-bit"
            + " floats is expected");
    tensors.put(
        "embeddings.LayerNorm.bias",
        new OnnxGraph.Tensor("embeddings.LayerNorm.bias", 3, List.of(4L), ByteBuffer.allocate(4)));
    assertMalformed("has shape [4] and element type 3");
  }

  private OnnxGraph graph() {
    return new OnnxGraph(tensors, nodes);
  }

  private void assertMalformed(String message) {
    assertThatThrownBy(() -> OnnxEncoderWeights.take(graph(), tree))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(message);
  }

  private void put(String name, List<Long> shape, float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    tensors.put(name, new OnnxGraph.Tensor(name, 1, shape, bytes));
  }

  private static OnnxGraph.Node node(String operation, String output, String... inputs) {
    return new OnnxGraph.Node(operation, List.of(inputs), List.of(output));
  }

  private static float[] values(List<Long> shape, int start) {
    float[] values = new float[Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact))];
    for (int i = 0; i < values.length; i++) {
      values[i] = start + i;
    }
    return values;
  }

  private static float[] transposed(float[] values, List<Long> shape) {
    int rows = Math.toIntExact(shape.get(0));
    int columns = Math.toIntExact(shape.get(1));
    float[] turned = new float[values.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        turned[column * rows + row] = values[row * columns + column];
      }
    }
    return turned;
  }
}
