package dev.rankwise.models.network;

import dev.rankwise.models.architecture.Network;
import dev.rankwise.models.architecture.ProjectionGroup;
import dev.rankwise.models.architecture.Segment;
import dev.rankwise.models.architecture.Segment.Precision;
import dev.rankwise.models.architecture.Segment.Role;
import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.network.Attachment.Asides;
import dev.rankwise.models.network.LinkedProgram.Draw;
import dev.rankwise.models.network.LinkedProgram.LinkedSegment;
import dev.rankwise.models.network.LinkedProgram.Stretch;
import dev.rankwise.models.network.MappedTensor.Form;
import dev.rankwise.models.quantized.BaseForm.BlockScaling;
import dev.rankwise.models.quantized.BaseForm.FourBit;
import dev.rankwise.models.quantized.FourBitLayout;
import dev.rankwise.models.torch.KernelText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Links a network's kernels from three texts, like shaders: the segment, the frozen product of its
 * projection groups, and the adapted product of the method in use.
 *
 * <p>Inside a segment, frozen tensors are read from the list {@code w} and trainable ones from the
 * list {@code p}, which is cut from the segment's stretch of the flat parameter vector. Segments
 * whose texts come out equal share one method, so a network of many equal blocks compiles one
 * block.
 */
final class ProgramLinker {
  private static final String TABLE = "kernels/base/table.torchscript";
  private static final String NO_ADAPTER = "kernels/base/unadapted.torchscript";
  private static final String LEAVING = "kernels/runtime/leaving.torchscript";
  private static final String FOUR_BIT = "kernels/base/four_bit.torchscript";
  private static final String FOUR_BIT_SEGMENT = "kernels/base/four_bit_segment.torchscript";

  /** Unpacked weights start at multiples of so many numbers, that products find them aligned. */
  private static final int ALIGNMENT = 32;

  private static final int FLOAT16 = 5;
  private static final int FLOAT32 = BaseType.FLOAT32.scalarType();

  /** Which weights are in four bits, by name. */
  @FunctionalInterface
  interface Layouts {
    /** What a weight looks like in four bits; empty if it is not. */
    Optional<FourBitLayout> of(String weight);
  }

  /**
   * A group's weights in the pass's own memory.
   *
   * @param whole expression that unpacks them and gives them
   * @param again expression that gives them once they have been unpacked
   */
  private record Unpacked(String method, String whole, String again) {}

  /** Where the weights of one segment go that are in four bits. */
  private static final class Room {
    private final Map<List<ModuleShape>, Unpacked> groups = new LinkedHashMap<>();
    private int size;
  }

  private final Attachment attachment;
  private final ReplicaSettings settings;
  private final Map<String, String> tied;
  private final Layouts layouts;
  private final Map<String, String> methodOfText = new LinkedHashMap<>();
  private final Map<String, String> asides = new LinkedHashMap<>();
  private int linkedTensors;

  private ProgramLinker(
      Network network, Attachment attachment, ReplicaSettings settings, Layouts layouts) {
    this.attachment = attachment;
    this.settings = settings;
    this.tied = network.tied();
    if (attachment.asides().isPresent()) {
      for (String placeholder : Asides.PLACEHOLDERS) {
        asides.put(placeholder, Integer.toString(-asides.size() - 1));
      }
    }
    this.layouts = layouts;
  }

  static LinkedProgram link(
      Network network, Attachment attachment, ReplicaSettings settings, Layouts layouts) {
    ProgramLinker linker = new ProgramLinker(network, attachment, settings, layouts);
    List<LinkedSegment> linked = new ArrayList<>();
    int offset = 0;
    for (Segment segment : network.segments()) {
      LinkedSegment next = linker.segment(segment, offset);
      linked.add(next);
      offset += next.own().size();
    }
    linker.checkAllLinked();
    String methods =
        linker.methodOfText.entrySet().stream()
            .map(entry -> KernelText.fill(entry.getKey(), Map.of("method", entry.getValue())))
            .collect(Collectors.joining());
    return new LinkedProgram(methods, linked);
  }

  private LinkedSegment segment(Segment segment, int offset) {
    BaseType computed =
        segment.precision() == Precision.FLOAT32 ? BaseType.FLOAT32 : settings.baseType();
    List<TrainableTensor> trained = trainableOf(segment);
    int before = isInFourBits(segment, trained) ? 1 : 0;
    SegmentTensors tensors =
        new SegmentTensors(trained, tied, settings.baseType(), computed, before, asides.size());
    Room room = new Room();
    String applying = text(segment, tensors, room, computed, attachment::product);
    String training =
        attachment.drawsInTraining()
            ? text(segment, tensors, room, computed, attachment::droppedProduct)
            : applying;
    Map<String, String> trainable = Map.of("trainable", tensors.preamble());
    boolean leaves =
        segment.role() == Role.OBSERVING
            || segment.groups().stream()
                .anyMatch(
                    group ->
                        attachment.product(group.projections()).filter(this::adds).isPresent());
    UnaryOperator<String> whole =
        text -> {
          String method = methodFor("segment", KernelText.fill(text, trainable));
          return leaves ? methodFor("leaving", leaving(method)) : method;
        };
    return new LinkedSegment(
        segment.name(),
        segment.role(),
        whole.apply(applying),
        whole.apply(training),
        tensors.prepared().stream()
            .map(text -> methodFor("prepared", KernelText.fill(text, trainable)))
            .toList(),
        tensors.draws(),
        tensors.frozen(),
        leaves,
        unpacked(room),
        room.size,
        new Stretch(offset, tensors.trainableSize()),
        tensors.borrowed().stream().map(this::stretch).toList());
  }

  /** Whether a product adds to what is reported of a micro-batch. */
  private boolean adds(AdaptedProduct product) {
    return product.parts().values().stream()
        .anyMatch(part -> KernelText.read(part).contains("${shares}"));
  }

  /** A segment that returns its asides too. */
  private String leaving(String method) {
    return KernelText.fill(
        KernelText.fill(KernelText.read(LEAVING), Map.of("segment", method)), asides);
  }

  /** The segment's text without the lines that cut the trainable tensors. */
  private String text(
      Segment segment,
      SegmentTensors tensors,
      Room room,
      BaseType computed,
      Function<List<ModuleShape>, Optional<AdaptedProduct>> products) {
    Map<String, String> values = new LinkedHashMap<>(segment.constants());
    values.putAll(asides);
    values.put("compute", Integer.toString(computed.scalarType()));
    segment
        .tensors()
        .forEach((placeholder, name) -> values.put(placeholder, tensors.expression(name)));
    for (ProjectionGroup group : segment.groups()) {
      Optional<AdaptedProduct> product = products.apply(group.projections());
      boolean packed = segment.precision() == Precision.OF_BASE && isInFourBits(group, tensors);
      Weights weights =
          packed ? weights(group.projections(), tensors, room) : dense(group, tensors);
      values.put(group.placeholder(), adapted(group, product, tensors, weights, computed));
    }
    return KernelText.fill(KernelText.read(segment.template()), values);
  }

  /**
   * Expressions of a group's weights, (sum of outs, in).
   *
   * @param first where nothing has read them before
   * @param again where the group's frozen product has been computed
   */
  private record Weights(String first, String again) {}

  private static Weights dense(ProjectionGroup group, SegmentTensors tensors) {
    String expression = tensors.groupExpression(group.projections(), "weight");
    return new Weights(expression, expression);
  }

  private boolean isInFourBits(Segment segment, List<TrainableTensor> trained) {
    List<String> names = trained.stream().map(TrainableTensor::name).toList();
    return segment.precision() == Precision.OF_BASE
        && segment.groups().stream()
            .flatMap(group -> group.projections().stream())
            .anyMatch(
                module -> !names.contains(module.path() + ".weight") && layout(module).isPresent());
  }

  private boolean isInFourBits(ProjectionGroup group, SegmentTensors tensors) {
    return group.projections().stream()
        .anyMatch(module -> !tensors.trainsWeight(module) && layout(module).isPresent());
  }

  private Optional<FourBitLayout> layout(ModuleShape module) {
    return module.kind() == ModuleKind.EMBEDDING
        ? Optional.empty()
        : layouts.of(module.path() + ".weight");
  }

  /** Where the adapter trains one projection of a group, each of the others is unpacked alone. */
  private Weights weights(List<ModuleShape> projections, SegmentTensors tensors, Room room) {
    if (projections.stream().noneMatch(tensors::trainsWeight)) {
      Unpacked unpacked = unpacked(projections, tensors, room);
      return new Weights(unpacked.whole(), unpacked.again());
    }
    List<String> parts = new ArrayList<>();
    for (ModuleShape module : projections) {
      List<ModuleShape> alone = List.of(module);
      parts.add(
          tensors.trainsWeight(module)
              ? tensors.groupExpression(alone, "weight")
              : unpacked(alone, tensors, room).whole());
    }
    String joined = "torch.cat([%s])".formatted(String.join(", ", parts));
    return new Weights(joined, joined);
  }

  private Unpacked unpacked(List<ModuleShape> projections, SegmentTensors tensors, Room room) {
    Unpacked known = room.groups.get(projections);
    if (known != null) {
      return known;
    }
    int columns = projections.get(0).inFeatures();
    List<String> sizes = new ArrayList<>();
    List<String> parts = new ArrayList<>();
    int size = 0;
    for (ModuleShape module : projections) {
      int numbers = Math.multiplyExact(module.outFeatures(), columns);
      parts.add(part(module, parts.size(), tensors));
      sizes.add(Integer.toString(numbers));
      size = Math.addExact(size, numbers);
    }
    Map<String, String> values =
        Map.of(
            "start", Integer.toString(room.size),
            "size", Integer.toString(size),
            "sizes", String.join(", ", sizes),
            "parts", String.join("\n", parts),
            "columns", Integer.toString(columns));
    String method = methodFor("unpacked", KernelText.fill(KernelText.read(FOUR_BIT), values));
    String again =
        "torch.view(torch.narrow(w[0], 0, %s, %s), [-1, %s])".formatted(room.size, size, columns);
    Unpacked unpacked = new Unpacked(method, "(self).%s(w)".formatted(method), again);
    room.groups.put(List.copyOf(projections), unpacked);
    room.size = Math.addExact(room.size, (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    return unpacked;
  }

  /** The line that puts one projection's weights where they belong. */
  private String part(ModuleShape module, int place, SegmentTensors tensors) {
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
    boolean known = layout.get().source() == settings.baseType().stored();
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

  /** The method that unpacks all of a segment. */
  private String unpacked(Room room) {
    if (room.groups.isEmpty()) {
      return "";
    }
    List<String> parts = new ArrayList<>();
    for (Unpacked group : room.groups.values()) {
      parts.add("    _%s = %s".formatted(parts.size(), group.whole()));
    }
    Map<String, String> values = Map.of("parts", String.join("\n", parts));
    return methodFor("segment", KernelText.fill(KernelText.read(FOUR_BIT_SEGMENT), values));
  }

  private Stretch stretch(TrainableTensor tensor) {
    int offset = 0;
    for (TrainableTensor other : attachment.tensors()) {
      if (other.equals(tensor)) {
        return new Stretch(offset, tensor.size());
      }
      offset += other.size();
    }
    throw new InternalException(
        "Adapter reads %s, which is none of its tensors".formatted(tensor.name()));
  }

  private String adapted(
      ProjectionGroup group,
      Optional<AdaptedProduct> product,
      SegmentTensors tensors,
      Weights weights,
      BaseType computed) {
    String base =
        methodFor(
            "base",
            KernelText.fill(
                KernelText.read(base(group, computed)),
                Map.of(
                    "weight", weights.first(),
                    "bias", tensors.groupExpression(group.projections(), "bias"))));
    Map<String, String> values = new LinkedHashMap<>();
    String text;
    if (product.isPresent()) {
      text = filled(product.get().template(), product.get());
      values.putAll(read(group, product.get(), tensors, weights));
      product
          .get()
          .parts()
          .forEach((placeholder, part) -> values.put(placeholder, part(part, product.get())));
    } else {
      text = KernelText.read(NO_ADAPTER);
    }
    values.putAll(asides);
    values.put("base", base);
    BaseType adapter = computed == BaseType.FLOAT32 ? computed : settings.adapterType();
    values.put("compute", Integer.toString(computed.scalarType()));
    values.put("adapter", Integer.toString(adapter.scalarType()));
    return methodFor("adapted", KernelText.fill(text, values));
  }

  private String part(String resource, AdaptedProduct product) {
    return methodFor("part", KernelText.fill(filled(resource, product), asides));
  }

  /** What the texts of a product read, by placeholder. */
  private static Map<String, String> read(
      ProjectionGroup group, AdaptedProduct product, SegmentTensors tensors, Weights weights) {
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < product.tensors().size(); i++) {
      values.put("t" + i, tensors.parameter(product.tensors().get(i)));
    }
    if (!product.prepared().isEmpty()) {
      List<ModuleShape> projections = group.projections();
      values.put("weight", weights.first());
      values.put("bias", tensors.groupExpression(projections, "bias"));
      values.put("norms", tensors.norms(projections));
      String text = KernelText.fill(filled(product.prepared(), product), values);
      values.put("prepared", tensors.prepared(text));
      values.put("weight", weights.again());
    }
    for (int i = 0; i < product.dropped().size(); i++) {
      values.put("d" + i, tensors.drawn(product.dropped().get(i), Draw.Kind.MASK));
    }
    for (int i = 0; i < product.shaken().size(); i++) {
      values.put("j" + i, tensors.drawn(product.shaken().get(i), Draw.Kind.JITTER));
    }
    return values;
  }

  private static String filled(String template, AdaptedProduct product) {
    return KernelText.fill(KernelText.read(template), product.substitutions());
  }

  private String base(ProjectionGroup group, BaseType computed) {
    if (group.projections().get(0).kind() == ModuleKind.EMBEDDING) {
      return TABLE;
    }
    return switch (computed) {
      case FLOAT32 -> settings.floatProducts().template();
      case BFLOAT16 -> "kernels/base/dense_bfloat16.torchscript";
    };
  }

  private String methodFor(String kind, String text) {
    return methodOfText.computeIfAbsent(text, key -> kind + "_" + methodOfText.size());
  }

  private List<TrainableTensor> trainableOf(Segment segment) {
    Set<String> modules = new LinkedHashSet<>();
    segment.groups().stream()
        .flatMap(group -> group.projections().stream())
        .map(ModuleShape::path)
        .forEach(modules::add);
    segment.tensors().values().stream()
        .map(name -> name.substring(0, name.lastIndexOf('.')))
        .forEach(modules::add);
    List<TrainableTensor> all = attachment.tensors();
    int first = linkedTensors;
    while (linkedTensors < all.size() && modules.contains(all.get(linkedTensors).module())) {
      linkedTensors++;
    }
    return all.subList(first, linkedTensors);
  }

  private void checkAllLinked() {
    List<TrainableTensor> all = attachment.tensors();
    if (linkedTensors < all.size()) {
      throw new UserInputException(
          "Cannot train %s: nothing that this base computes reads it as a product, a table or a kept tensor;"
                  .formatted(all.get(linkedTensors).name())
              + " take its module out of the targets or the modules to save");
    }
  }
}
