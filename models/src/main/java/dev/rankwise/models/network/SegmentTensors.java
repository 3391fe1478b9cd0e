package dev.rankwise.models.network;

import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.network.LinkedProgram.Draw;
import dev.rankwise.models.network.MappedTensor.Form;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The tensors of one segment while it is linked: which are trainable, which frozen, and the
 * expression under which the kernel text reads each.
 */
final class SegmentTensors {
  private static final String INDENT = "    ";

  private final Map<String, Integer> trainable = new LinkedHashMap<>();
  private final List<TrainableTensor> parameters;
  private final List<TrainableTensor> borrowed = new ArrayList<>();
  private final List<MappedTensor> frozen = new ArrayList<>();
  private final List<Draw> draws = new ArrayList<>();
  private final List<String> prepared = new ArrayList<>();
  private final Map<String, String> tied;
  private final BaseType held;
  private final BaseType computed;
  private final int before;
  private final int asides;

  /**
   * @param tied names of weights that are another's, to that other's name
   * @param held element type in which frozen tensors are mapped
   * @param computed element type in which the segment computes
   * @param before how many tensors come before the frozen ones in {@code w}
   * @param asides how many elements at the end of {@code w} are {@link Attachment.Asides}
   */
  SegmentTensors(
      List<TrainableTensor> parameters,
      Map<String, String> tied,
      BaseType held,
      BaseType computed,
      int before,
      int asides) {
    this.parameters = List.copyOf(parameters);
    this.tied = Map.copyOf(tied);
    this.held = held;
    this.computed = computed;
    this.before = before;
    this.asides = asides;
    for (TrainableTensor tensor : parameters) {
      trainable.put(tensor.name(), trainable.size());
    }
  }

  /**
   * Lines that cut the flat vector {@code theta} into the list {@code p} of shaped tensors; to be
   * asked for when all expressions are made.
   */
  String preamble() {
    List<TrainableTensor> read = new ArrayList<>(parameters);
    read.addAll(borrowed);
    return cut(read, "theta", "s", "p");
  }

  /**
   * Lines that cut the flat vector {@code collected} of their gradients into the list {@code d}.
   */
  String gradients() {
    return cut(parameters, "collected", "c", "d");
  }

  private static String cut(List<TrainableTensor> read, String flat, String parts, String list) {
    if (read.isEmpty()) {
      return INDENT + list + " = annotate(List[Tensor], [])";
    }
    String sizes =
        read.stream()
            .map(tensor -> Integer.toString(tensor.size()))
            .collect(Collectors.joining(", "));
    List<String> views = new ArrayList<>();
    for (int i = 0; i < read.size(); i++) {
      views.add("torch.view(%s[%s], %s)".formatted(parts, i, read.get(i).shape()));
    }
    return "%s%s = torch.split_with_sizes(%s, [%s])\n%s%s = [%s]"
        .formatted(INDENT, parts, flat, sizes, INDENT, list, String.join(", ", views));
  }

  /** Expression of a trainable tensor, float32; one of another segment is borrowed from it. */
  String parameter(TrainableTensor tensor) {
    Integer place = trainable.get(tensor.name());
    if (place != null) {
      return "p[%s]".formatted(place);
    }
    if (!borrowed.contains(tensor)) {
      borrowed.add(tensor);
    }
    return "p[%s]".formatted(parameters.size() + borrowed.indexOf(tensor));
  }

  /** Expression of where the gradient of one of the segment's own trainable tensors goes. */
  String gradient(TrainableTensor tensor) {
    return "d[%s]".formatted(trainable.get(tensor.name()));
  }

  /** Whether these are all that the segment trains. */
  boolean trainsNothingBut(Collection<TrainableTensor> tensors) {
    return borrowed.isEmpty() && tensors.containsAll(parameters);
  }

  /** Expression of the norms of a group's frozen weights by output, float32, side by side. */
  String norms(List<ModuleShape> projections) {
    List<String> names = projections.stream().map(module -> module.path() + ".weight").toList();
    return mapped(names, Form.OUTPUT_NORMS);
  }

  /**
   * Expression of what a text computes once for each parameter vector. These come last in {@code w}
   * but for asides, counted from the end.
   */
  String prepared(String text) {
    if (!prepared.contains(text)) {
      prepared.add(text);
    }
    return "w[-%s]".formatted(asides + prepared.indexOf(text) + 1);
  }

  /** Texts of what is computed once, from the end of {@code w} backwards. */
  List<String> prepared() {
    return List.copyOf(prepared);
  }

  /**
   * Expression of what is drawn for a module's input. These come before what is prepared, and are
   * asked for after all of that.
   */
  String drawn(ModuleShape module, Draw.Kind kind) {
    Draw draw = new Draw(module, kind);
    if (!draws.contains(draw)) {
      draws.add(draw);
    }
    return "w[-%s]".formatted(asides + prepared.size() + draws.indexOf(draw) + 1);
  }

  /** What the segment reads in training that is drawn, backwards from what is prepared. */
  List<Draw> draws() {
    return List.copyOf(draws);
  }

  /** Expression of a tensor of the base: trainable where the adapter keeps it, else frozen. */
  String expression(String name) {
    Integer place = trainable.get(name);
    return place != null ? trained(place) : frozen(List.of(name));
  }

  /**
   * Expression of a group's weights or biases, side by side along the first dimension; {@code None}
   * where the group has no biases.
   */
  String groupExpression(List<ModuleShape> projections, String tensor) {
    if (tensor.equals("bias")) {
      long biases = projections.stream().filter(ModuleShape::bias).count();
      if (biases == 0) {
        return "None";
      }
      if (biases < projections.size()) {
        throw new InternalException(
            "Projection group of %s has biases on some projections only"
                .formatted(projections.get(0).path()));
      }
    }
    List<String> names = projections.stream().map(module -> module.path() + "." + tensor).toList();
    if (names.stream().noneMatch(trainable::containsKey)) {
      return frozen(names);
    }
    return projections.stream()
        .map(module -> expression(module, tensor))
        .collect(Collectors.joining(", ", "torch.cat([", "])"));
  }

  /**
   * As a product reads it: a trained weight that is stored (in, out) is transposed, one of a
   * convolution is made a matrix.
   */
  private String expression(ModuleShape module, String tensor) {
    String name = module.path() + "." + tensor;
    String whole = expression(name);
    if (!tensor.equals("weight") || !trainable.containsKey(name)) {
      return whole;
    }
    return switch (module.kind()) {
      case CONV1D -> "torch.t(%s)".formatted(whole);
      case CONV2D -> "torch.flatten(%s, 1)".formatted(whole);
      default -> whole;
    };
  }

  /**
   * The frozen tensors in the order of the list {@code w}. Shapes are known once they are mapped.
   */
  List<MappedTensor> frozen() {
    return List.copyOf(frozen);
  }

  /** Trainable tensors of other segments that this one reads, in the order of {@code theta}. */
  List<TrainableTensor> borrowed() {
    return List.copyOf(borrowed);
  }

  /** How many trainable numbers the segment has. */
  int trainableSize() {
    return parameters.stream().mapToInt(TrainableTensor::size).reduce(0, Math::addExact);
  }

  private String trained(int place) {
    return cast("p[%s]".formatted(place), BaseType.FLOAT32);
  }

  private String cast(String expression, BaseType from) {
    return from == computed
        ? expression
        : "torch.to(%s, %s)".formatted(expression, computed.scalarType());
  }

  private String frozen(List<String> names) {
    return cast(mapped(names, Form.WHOLE), held);
  }

  /** Whether the adapter trains a weight of a module. */
  boolean trainsWeight(ModuleShape module) {
    return trainable.containsKey(module.path() + ".weight");
  }

  /** Expression of a form of frozen tensors as it is mapped. */
  String mapped(List<String> names, Form form) {
    List<String> sources = names.stream().map(name -> tied.getOrDefault(name, name)).toList();
    MappedTensor tensor = new MappedTensor(sources, form);
    if (!frozen.contains(tensor)) {
      frozen.add(tensor);
    }
    return "w[%s]".formatted(before + frozen.indexOf(tensor));
  }
}
