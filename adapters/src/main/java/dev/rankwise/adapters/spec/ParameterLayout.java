package dev.rankwise.adapters.spec;

import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.TrainableTensor;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The order of all trainable tensors in the flat parameter vector θ: modules in the order of the
 * base's module tree, within a module by tensor name. So every block's tensors lie together.
 *
 * @param parameters the tensors with their offsets, without gaps
 */
public record ParameterLayout(List<Parameter> parameters) implements Serializable {

  public ParameterLayout {
    parameters = List.copyOf(parameters);
    int next = 0;
    for (Parameter parameter : parameters) {
      if (parameter.offset() != next) {
        throw new InternalException(
            "Parameter %s lies at %s, must lie at %s"
                .formatted(parameter.tensor().name(), parameter.offset(), next));
      }
      next = Math.addExact(next, parameter.tensor().size());
    }
  }

  /** Lays out what a method trains on the matched modules. */
  public static ParameterLayout of(MatchedModules matched, AdapterMethod method) {
    Map<String, MatchedModule> adapted = new LinkedHashMap<>();
    matched.adapted().forEach(module -> adapted.put(module.module().path(), module));
    Map<String, List<TrainableTensor>> kept = keptTensors(matched);
    List<Parameter> parameters = new ArrayList<>();
    int offset = 0;
    for (ModuleShape module : matched.tree().modules()) {
      List<Parameter> own = new ArrayList<>();
      if (adapted.containsKey(module.path())) {
        for (TrainableTensor tensor : method.tensors(adapted.get(module.path()))) {
          own.add(new Parameter(tensor, 0, method.role(tensor)));
        }
      }
      for (TrainableTensor tensor : kept.getOrDefault(module.path(), List.of())) {
        own.add(new Parameter(tensor, 0, Parameter.Role.KEPT));
      }
      matched
          .rowsOf(module.path())
          .ifPresent(rows -> own.add(new Parameter(rows.tensor(), 0, Parameter.Role.ROWS)));
      own.sort(Comparator.comparing(parameter -> parameter.tensor().tensor()));
      for (Parameter parameter : own) {
        parameters.add(new Parameter(parameter.tensor(), offset, parameter.role()));
        offset = after(offset, parameter.tensor());
      }
    }
    return new ParameterLayout(parameters);
  }

  /** Where the next tensor lies: all of them are parts of one array. */
  private static int after(int offset, TrainableTensor tensor) {
    try {
      return Math.addExact(offset, tensor.size());
    } catch (ArithmeticException e) {
      throw new UserInputException(
          ("Cannot lay out tensor %s of shape %s: what is trained has at most %s numbers in all;"
                  + " lower the rank, or name fewer modules")
              .formatted(tensor.name(), tensor.shape(), Integer.MAX_VALUE),
          e);
    }
  }

  /** Numbers in the flat vector. */
  public int size() {
    if (parameters.isEmpty()) {
      return 0;
    }
    Parameter last = parameters.get(parameters.size() - 1);
    return last.offset() + last.tensor().size();
  }

  /** The tensors in order. */
  public List<TrainableTensor> tensors() {
    return parameters.stream().map(Parameter::tensor).toList();
  }

  /** Index of the first number of the tensor of that full name. */
  public int offsetOf(String name) {
    return parameters.stream()
        .filter(parameter -> parameter.tensor().name().equals(name))
        .mapToInt(Parameter::offset)
        .findFirst()
        .orElseThrow(() -> new InternalException("No parameter %s in the layout".formatted(name)));
  }

  /**
   * The numbers of this layout's tensors, taken by their names from among others.
   *
   * @param values the numbers of {@code other}
   * @param other a layout that has all tensors of this one
   */
  public float[] taken(float[] values, ParameterLayout other) {
    float[] own = new float[size()];
    for (Parameter parameter : parameters) {
      int from = other.offsetOf(parameter.tensor().name());
      System.arraycopy(values, from, own, parameter.offset(), parameter.tensor().size());
    }
    return own;
  }

  private static Map<String, List<TrainableTensor>> keptTensors(MatchedModules matched) {
    Map<String, List<TrainableTensor>> kept = new LinkedHashMap<>();
    matched
        .tree()
        .tensors()
        .forEach(
            (name, shape) -> {
              int dot = name.lastIndexOf('.');
              String module = name.substring(0, dot);
              boolean bias = name.endsWith(".bias") && matched.biases().contains(module);
              if (matched.keeps(module) || bias) {
                kept.computeIfAbsent(module, key -> new ArrayList<>())
                    .add(
                        new TrainableTensor(
                            module,
                            name.substring(dot + 1),
                            shape.stream().map(Math::toIntExact).toList()));
              }
            });
    return kept;
  }
}
