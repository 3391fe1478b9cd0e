package dev.rankwise.models.source;

import static dev.rankwise.models.source.ProtobufBytes.node;
import static dev.rankwise.models.source.ProtobufBytes.tensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.source.ProtobufFields.MalformedException;
import java.util.List;
import org.junit.jupiter.api.Test;

class TestOnnxGraph {
  @Test
  void readsTensorsAndNodes() throws MalformedException {
    ProtobufBytes graph =
        new ProtobufBytes()
            .message(1, node("MatMul", "y", "x", "w"))
            .text(2, "a graph")
            .message(5, tensor("w", new float[] {1, 2, 3, 4, 5, 6}, 2, 3))
            .message(
                5,
                new ProtobufBytes()
                    .bytes(1, new byte[] {1, 3})
                    .varint(2, 7)
                    .text(8, "longs")
                    .text(12, "words")
                    .bytes(9, new byte[24]));
    OnnxGraph read = OnnxGraph.read(model(graph));
    assertThat(read.nodes())
        .containsExactly(new OnnxGraph.Node("MatMul", List.of("x", "w"), List.of("y")));
    assertThat(read.tensors().keySet()).containsExactly("w", "longs");
    OnnxGraph.Tensor weight = read.tensors().get("w");
    assertThat(weight.shape()).containsExactly(2L, 3L);
    assertThat(weight.isFloat32()).isTrue();
    assertThat(weight.bytes().asFloatBuffer().get(5)).isEqualTo(6);
    assertThat(read.tensors().get("longs").shape()).containsExactly(1L, 3L);
    assertThat(read.tensors().get("longs").isFloat32()).isFalse();
  }

  @Test
  void refusesAModelWithoutOneGraph() {
    assertMalformed(new ProtobufBytes().varint(1, 6), "the model has no graph");
    ProtobufBytes empty = new ProtobufBytes();
    assertMalformed(
        new ProtobufBytes().message(7, empty).message(7, empty), "the model has two graphs");
  }

  @Test
  void refusesTensorsThatAreNotWhatTheySay() {
    assertMalformedTensor(tensor("w", new float[3], 2), "initializer w of shape [2] has 12 bytes");
    assertMalformedTensor(tensor("w", new float[1], -1), "initializer w has a dimension of -1");
    assertMalformedTensor(
        tensor("w", new float[1], 1 << 30, 1 << 30, 1 << 30),
        "initializer w of shape [1073741824, 1073741824, 1073741824] has 4 bytes");
    assertMalformedTensor(
        new ProtobufBytes().text(8, "w").bytes(4, new byte[4]),
        "initializer w keeps its elements in field 4");
    assertMalformedTensor(
        new ProtobufBytes().text(8, "w").varint(14, 1),
        "initializer w keeps its elements in field 14");
    ProtobufBytes weight = tensor("w", new float[1], 1);
    assertMalformed(
        new ProtobufBytes().message(7, new ProtobufBytes().message(5, weight).message(5, weight)),
        "initializer w is there twice");
    assertMalformed(
        new ProtobufBytes().message(7, new ProtobufBytes().message(15, weight)), "sparse");
  }

  private static void assertMalformedTensor(ProtobufBytes tensor, String message) {
    assertMalformed(
        new ProtobufBytes().message(7, new ProtobufBytes().message(5, tensor)), message);
  }

  private static void assertMalformed(ProtobufBytes model, String message) {
    assertThatThrownBy(() -> OnnxGraph.read(model.buffer()))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(message);
  }

  private static java.nio.ByteBuffer model(ProtobufBytes graph) {
    return new ProtobufBytes().varint(1, 6).text(2, "pytorch").message(7, graph).buffer();
  }
}
