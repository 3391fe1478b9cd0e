package dev.rankwise.models.source;

import dev.rankwise.models.source.ProtobufFields.MalformedException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights and nodes of an ONNX file, as far as they are needed to take its weights out.
 *
 * @param tensors the initializers by name, in the file's order
 * @param nodes in the file's order
 */
record OnnxGraph(Map<String, Tensor> tensors, List<Node> nodes) {
  private static final int MODEL_GRAPH = 7;
  private static final int GRAPH_NODE = 1;
  private static final int GRAPH_INITIALIZER = 5;
  private static final int GRAPH_SPARSE_INITIALIZER = 15;
  private static final int FLOAT32 = 1;

  /**
   * An initializer.
   *
   * @param type ONNX's number of the element type; 1 is a 32-bit float
   * @param bytes its elements, little-endian
   */
  record Tensor(String name, long type, List<Long> shape, ByteBuffer bytes) {
    Tensor {
      shape = List.copyOf(shape);
    }

    boolean isFloat32() {
      return type == FLOAT32;
    }
  }

  /** An operation with the names of what it reads and writes. */
  record Node(String operation, List<String> inputs, List<String> outputs) {
    Node {
      inputs = List.copyOf(inputs);
      outputs = List.copyOf(outputs);
    }
  }

  OnnxGraph {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    nodes = List.copyOf(nodes);
  }

  /** Reads a model; the tensors' bytes are views of {@code model}. */
  static OnnxGraph read(ByteBuffer model) throws MalformedException {
    ByteBuffer graph = null;
    ProtobufFields fields = new ProtobufFields(model);
    while (fields.next()) {
      if (fields.number() == MODEL_GRAPH) {
        if (graph != null) {
          throw new MalformedException("the model has two graphs");
        }
        graph = fields.bytes();
      }
    }
    if (graph == null) {
      throw new MalformedException("the model has no graph");
    }
    return readGraph(graph);
  }

  private static OnnxGraph readGraph(ByteBuffer graph) throws MalformedException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    List<Node> nodes = new ArrayList<>();
    ProtobufFields fields = new ProtobufFields(graph);
    while (fields.next()) {
      switch (fields.number()) {
        case GRAPH_NODE -> nodes.add(readNode(fields.bytes()));
        case GRAPH_INITIALIZER -> {
          Tensor tensor = readTensor(fields.bytes());
          if (tensors.put(tensor.name(), tensor) != null) {
            throw new MalformedException("initializer " + tensor.name() + " is there twice");
          }
        }
        case GRAPH_SPARSE_INITIALIZER ->
            throw new MalformedException("sparse initializers are not supported");
        default -> {
          continue;
        }
      }
    }
    return new OnnxGraph(tensors, nodes);
  }

  private static Node readNode(ByteBuffer node) throws MalformedException {
    String operation = "";
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    ProtobufFields fields = new ProtobufFields(node);
    while (fields.next()) {
      switch (fields.number()) {
        case 1 -> inputs.add(fields.text());
        case 2 -> outputs.add(fields.text());
        case 4 -> operation = fields.text();
        default -> {
          continue;
        }
      }
    }
    return new Node(operation, inputs, outputs);
  }

  private static Tensor readTensor(ByteBuffer tensor) throws MalformedException {
    String name = "";
    long type = 0;
    List<Long> shape = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.allocate(0);
    ProtobufFields fields = new ProtobufFields(tensor);
    while (fields.next()) {
      switch (fields.number()) {
        case 1 -> addDimensions(fields, shape);
        case 2 -> type = fields.varint();
        case 8 -> name = fields.text();
        case 9 -> bytes = fields.bytes();
        case 12 -> {
          // The documentation text of a tensor.
          continue;
        }
        default ->
            throw new MalformedException(
                "initializer %s keeps its elements in field %s, where raw bytes are expected"
                    .formatted(name, fields.number()));
      }
    }
    Tensor read = new Tensor(name, type, shape, bytes);
    requireSize(read);
    return read;
  }

  private static void addDimensions(ProtobufFields fields, List<Long> shape)
      throws MalformedException {
    if (!fields.isBytes()) {
      shape.add(fields.varint());
      return;
    }
    ProtobufFields packed = new ProtobufFields(fields.bytes());
    while (packed.nextPacked()) {
      shape.add(packed.varint());
    }
  }

  private static void requireSize(Tensor tensor) throws MalformedException {
    long elements = 1;
    for (long dimension : tensor.shape()) {
      if (dimension < 0 || dimension > Integer.MAX_VALUE) {
        throw new MalformedException(
            "initializer %s has a dimension of %s".formatted(tensor.name(), dimension));
      }
      // Cut off at a size that no tensor of a mapped file has, so that the product cannot overflow.
      elements = Math.min(elements * dimension, Integer.MAX_VALUE);
    }
    if (tensor.isFloat32() && elements * Float.BYTES != tensor.bytes().remaining()) {
      throw new MalformedException(
          "initializer %s of shape %s has %s bytes"
              .formatted(tensor.name(), tensor.shape(), tensor.bytes().remaining()));
    }
  }
}
