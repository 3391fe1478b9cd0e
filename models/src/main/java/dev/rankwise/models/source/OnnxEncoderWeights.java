package dev.rankwise.models.source;

import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.RowMajor;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.source.ProtobufFields.MalformedException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Takes the weights of an encoder out of the graph that PyTorch's exporter made of it.
 *
 * <p>The exporter keeps the names of biases, norms and embeddings, but turns each linear weight
 * into an unnamed initializer of shape (in, out). It is told by its place: the {@code MatMul} that
 * reads it feeds an {@code Add} whose other input is the bias of the same linear. It is stored back
 * as (out, in).
 */
final class OnnxEncoderWeights {
  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";

  /** Not learned: the numbers 0, 1, 2 … */
  private static final Set<String> TABLES = Set.of("embeddings.position_ids");

  private final OnnxGraph graph;
  private final Map<String, String> weightOfProduct = new LinkedHashMap<>();

  private OnnxEncoderWeights(OnnxGraph graph) {
    this.graph = graph;
  }

  /**
   * The weights under PyTorch's names, in the order of the tree.
   *
   * @param tree of the encoder without a head; its pooler may be missing in the graph
   */
  static List<StoredTensor> take(OnnxGraph graph, ModuleTree tree) throws MalformedException {
    return new OnnxEncoderWeights(graph).take(tree);
  }

  private List<StoredTensor> take(ModuleTree tree) throws MalformedException {
    Map<String, OnnxGraph.Tensor> products = productsByName();
    List<StoredTensor> taken = new ArrayList<>();
    Set<String> left = new LinkedHashSet<>(graph.tensors().keySet());
    left.removeAll(TABLES);
    for (Map.Entry<String, List<Long>> wanted : tree.tensors().entrySet()) {
      String name = wanted.getKey();
      OnnxGraph.Tensor product = products.get(name);
      OnnxGraph.Tensor named = graph.tensors().get(name);
      if (product != null) {
        taken.add(transposed(product, name, wanted.getValue()));
        left.remove(product.name());
      } else if (named != null) {
        taken.add(asIs(named, wanted.getValue()));
        left.remove(name);
      } else if (!name.startsWith("pooler.")) {
        throw new MalformedException("weight " + name + " is not in the graph");
      }
    }
    if (!left.isEmpty()) {
      throw new MalformedException("initializers " + left + " belong to no module");
    }
    return taken;
  }

  /** The unnamed (in, out) initializers by the name of the weight that each one is. */
  private Map<String, OnnxGraph.Tensor> productsByName() throws MalformedException {
    for (OnnxGraph.Node node : graph.nodes()) {
      boolean multiplies = node.operation().equals("MatMul") && node.inputs().size() == 2;
      if (multiplies && graph.tensors().containsKey(node.inputs().get(1))) {
        weightOfProduct.put(node.outputs().get(0), node.inputs().get(1));
      }
    }
    Map<String, OnnxGraph.Tensor> products = new LinkedHashMap<>();
    for (OnnxGraph.Node node : graph.nodes()) {
      if (!node.operation().equals("Add") || node.inputs().size() != 2) {
        continue;
      }
      addProduct(products, node.inputs().get(0), node.inputs().get(1));
      addProduct(products, node.inputs().get(1), node.inputs().get(0));
    }
    return products;
  }

  private void addProduct(Map<String, OnnxGraph.Tensor> products, String product, String bias)
      throws MalformedException {
    String weight = weightOfProduct.get(product);
    if (weight == null || !graph.tensors().containsKey(bias) || !bias.endsWith(BIAS)) {
      return;
    }
    String name = bias.substring(0, bias.length() - BIAS.length()) + WEIGHT;
    if (products.put(name, graph.tensors().get(weight)) != null) {
      throw new MalformedException("two products are added to " + bias);
    }
  }

  private static StoredTensor asIs(OnnxGraph.Tensor tensor, List<Long> shape)
      throws MalformedException {
    require(tensor, shape, tensor.name());
    return new StoredTensor(tensor.name(), ElementType.F32, shape, tensor.bytes());
  }

  private static StoredTensor transposed(OnnxGraph.Tensor tensor, String name, List<Long> shape)
      throws MalformedException {
    require(tensor, List.of(shape.get(1), shape.get(0)), name);
    int out = Math.toIntExact(shape.get(0));
    int in = Math.toIntExact(shape.get(1));
    float[] values = new float[Math.multiplyExact(in, out)];
    tensor.bytes().duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return StoredTensor.ofFloats(name, shape, RowMajor.transposed(values, in, out));
  }

  private static void require(OnnxGraph.Tensor tensor, List<Long> shape, String name)
      throws MalformedException {
    if (!tensor.isFloat32() || !tensor.shape().equals(shape)) {
      throw new MalformedException(
          "weight %s has shape %s and element type %s, where %s of 32-bit floats is expected"
              .formatted(name, tensor.shape(), tensor.type(), shape));
    }
  }
}
