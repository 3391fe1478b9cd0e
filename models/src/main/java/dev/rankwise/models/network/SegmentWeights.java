package dev.rankwise.models.network;

import dev.rankwise.models.architecture.ProjectionGroup;
import dev.rankwise.models.architecture.Segment.Precision;
import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.network.MappedTensor.Form;
import dev.rankwise.models.network.ProgramLinker.Layouts;
import dev.rankwise.models.quantized.BaseForm.BlockScaling;
import dev.rankwise.models.quantized.BaseForm.FourBit;
import dev.rankwise.models.quantized.FourBitLayout;
import dev.rankwise.models.torch.KernelText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;

/**
 * The weights of one segment's projection groups while it is linked: as they lie in the replica
 * file, or unpacked out of four bits into the pass's own memory, where each group has a place.
 */
final class SegmentWeights {
  private static final String FOUR_BIT = "kernels/base/four_bit.torchscript";
  private static final String FOUR_BIT_SEGMENT = "kernels/base/four_bit_segment.torchscript";

  /** Unpacked weights start at multiples of so many numbers, that products find them aligned. */
  private static final int ALIGNMENT = 32;

  private static final int FLOAT16 = 5;
  private static final int FLOAT32 = BaseType.FLOAT32.scalarType();

  private final SegmentTensors tensors;
  private final Precision precision;
  private final Layouts layouts;
  private final BaseType held;
  private final BinaryOperator<String> methods;
  private final Map<List<ModuleShape>, Unpacked> groups = new LinkedHashMap<>();
  private int room;

  /**
   * A group's weights in the pass's own memory.
   *
   * @param whole expression that unpacks them and gives them
   * @param again expression that gives them once they have been unpacked
   */
  private record Unpacked(String method, String whole, String again) {}

  /**
   * Expressions of a group's weights, (sum of outs, in).
   *
   * @param first where nothing has read them before
   * @param again where the group's frozen product has been computed
   */
  record Weights(String first, String again) {}

  /**
   * @param precision element type of the segment's products
   * @param held element type in which frozen tensors are mapped
   * @param methods gives the name of the method of a kind with a text
   */
  SegmentWeights(
      SegmentTensors tensors,
      Precision precision,
      Layouts layouts,
      BaseType held,
      BinaryOperator<String> methods) {
    this.tensors = tensors;
    this.precision = precision;
    this.layouts = layouts;
    this.held = held;
    this.methods = methods;
  }

  /** The weights of a group. */
  Weights of(ProjectionGroup group) {
    List<ModuleShape> projections = group.projections();
    boolean packed =
        projections.stream()
            .anyMatch(module -> !tensors.trainsWeight(module) && layout(module).isPresent());
    if (packed && precision == Precision.OF_BASE) {
      return packed(projections);
    }
    String expression = tensors.groupExpression(projections, "weight");
    return new Weights(expression, expression);
  }

  /** How many numbers are unpacked. */
  int room() {
    return room;
  }

  /** What a module's weight looks like in four bits; empty if it is not, as no table is. */
  static Optional<FourBitLayout> layout(ModuleShape module, Layouts layouts) {
    return module.kind() == ModuleKind.EMBEDDING
        ? Optional.empty()
        : layouts.of(module.path() + ".weight");
  }

  private Optional<FourBitLayout> layout(ModuleShape module) {
    return layout(module, layouts);
  }

  /** Where the adapter trains one projection of a group, each of the others is unpacked alone. */
  private Weights packed(List<ModuleShape> projections) {
    if (projections.stream().noneMatch(tensors::trainsWeight)) {
      Unpacked unpacked = unpacked(projections);
      return new Weights(unpacked.whole(), unpacked.again());
    }
    List<String> parts = new ArrayList<>();
    for (ModuleShape module : projections) {
      List<ModuleShape> alone = List.of(module);
      parts.add(
          tensors.trainsWeight(module)
              ? tensors.groupExpression(alone, "weight")
              : unpacked(alone).whole());
    }
    String joined = "torch.cat([%s])".formatted(String.join(", ", parts));
    return new Weights(joined, joined);
  }

  private Unpacked unpacked(List<ModuleShape> projections) {
    Unpacked known = groups.get(projections);
    if (known != null) {
      return known;
    }
    int columns = projections.get(0).inFeatures();
    List<String> sizes = new ArrayList<>();
    List<String> parts = new ArrayList<>();
    int size = 0;
    for (ModuleShape module : projections) {
      int numbers = Math.multiplyExact(module.outFeatures(), columns);
      parts.add(part(module, parts.size()));
      sizes.add(Integer.toString(numbers));
      size = Math.addExact(size, numbers);
    }
    Map<String, String> values =
        Map.of(
            "start", Integer.toString(room),
            "size", Integer.toString(size),
            "sizes", String.join(", ", sizes),
            "parts", String.join("\n", parts),
            "columns", Integer.toString(columns));
    String method = methods.apply("unpacked", KernelText.fill(KernelText.read(FOUR_BIT), values));
    String again =
        "torch.view(torch.narrow(w[0], 0, %s, %s), [-1, %s])".formatted(room, size, columns);
    Unpacked unpacked = new Unpacked(method, "(self).%s(w)".formatted(method), again);
    groups.put(List.copyOf(projections), unpacked);
    room = Math.addExact(room, (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    return unpacked;
  }

  /** The line that puts one projection's weights where they belong. */
  private String part(ModuleShape module, int place) {
    List<String> weight = List.of(module.path() + ".weight");
    Optional<FourBitLayout> layout = layout(module);
    if (layout.isEmpty()) {
      return "    _%s = torch.copy_(to[%s], torch.flatten(%s))"
          .formatted(place, place, tensors.mapped(weight, Form.WHOLE));
    }
    FourBit form = layout.get().form();
    String scales = tensors.mapped(weight, Form.BLOCK_SCALES);
    if (form.scaling() == BlockScaling.DOUBLE) {
      scales =
          "(self).absmax(%s, %s)".formatted(scales, tensors.mapped(weight, Form.SCALE_PARAMETERS));
    }
    boolean known = layout.get().source() == held.stored();
    return "    _%s = (self).unpacked(%s, %s, %s, to[%s], %s, %s)"
        .formatted(
            place,
            tensors.mapped(weight, Form.CODES),
            tensors.mapped(List.of(form.code().lowerCaseName()), Form.CODE_PAIRS),
            scales,
            place,
            form.blockSize(),
            known ? FLOAT32 : scalarType(layout.get().source()));
  }

  private static int scalarType(ElementType source) {
    return switch (source) {
      case F16 -> FLOAT16;
      case BF16 -> BaseType.BFLOAT16.scalarType();
      default -> FLOAT32;
    };
  }

  /** The method that unpacks all of the segment; empty if there is nothing to unpack. */
  String unpacked() {
    if (groups.isEmpty()) {
      return "";
    }
    List<String> parts = new ArrayList<>();
    for (Unpacked group : groups.values()) {
      parts.add("    _%s = %s".formatted(parts.size(), group.whole()));
    }
    Map<String, String> values = Map.of("parts", String.join("\n", parts));
    return methods.apply("segment", KernelText.fill(KernelText.read(FOUR_BIT_SEGMENT), values));
  }
}
