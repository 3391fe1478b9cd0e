package dev.rankwise.models.network;

import dev.rankwise.models.architecture.Network;
import dev.rankwise.models.architecture.ProjectionGroup;
import dev.rankwise.models.architecture.Segment;
import dev.rankwise.models.architecture.Segment.Precision;
import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.Attachment.Asides;
import dev.rankwise.models.network.LinkedProgram.Draw;
import dev.rankwise.models.network.LinkedProgram.LinkedSegment;
import dev.rankwise.models.network.LinkedProgram.Stretch;
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

  private final Attachment attachment;
  private final ReplicaSettings settings;
  private final Map<String, String> tied;
  private final Map<String, String> methodOfText = new LinkedHashMap<>();
  private final Map<String, String> asides = new LinkedHashMap<>();
  private int linkedTensors;

  private ProgramLinker(Network network, Attachment attachment, ReplicaSettings settings) {
    this.attachment = attachment;
    this.settings = settings;
    this.tied = network.tied();
    if (attachment.asides().isPresent()) {
      for (String placeholder : Asides.PLACEHOLDERS) {
        asides.put(placeholder, Integer.toString(-asides.size() - 1));
      }
    }
  }

  static LinkedProgram link(Network network, Attachment attachment, ReplicaSettings settings) {
    ProgramLinker linker = new ProgramLinker(network, attachment, settings);
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
    SegmentTensors tensors =
        new SegmentTensors(
            trainableOf(segment), tied, settings.baseType(), computed, asides.size());
    String applying = text(segment, tensors, computed, attachment::product);
    String training =
        attachment.drawsInTraining()
            ? text(segment, tensors, computed, attachment::droppedProduct)
            : applying;
    Map<String, String> trainable = Map.of("trainable", tensors.preamble());
    boolean leaves =
        segment.groups().stream()
            .anyMatch(
                group -> attachment.product(group.projections()).filter(this::adds).isPresent());
    UnaryOperator<String> whole =
        text -> {
          String method = methodFor("segment", KernelText.fill(text, trainable));
          return leaves ? methodFor("leaving", leaving(method)) : method;
        };
    return new LinkedSegment(
        segment.name(),
        whole.apply(applying),
        whole.apply(training),
        tensors.prepared().stream()
            .map(text -> methodFor("prepared", KernelText.fill(text, trainable)))
            .toList(),
        tensors.draws(),
        tensors.frozen(),
        leaves,
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
      BaseType computed,
      Function<List<ModuleShape>, Optional<AdaptedProduct>> products) {
    Map<String, String> values = new LinkedHashMap<>(segment.constants());
    values.put("compute", Integer.toString(computed.scalarType()));
    segment
        .tensors()
        .forEach((placeholder, name) -> values.put(placeholder, tensors.expression(name)));
    for (ProjectionGroup group : segment.groups()) {
      Optional<AdaptedProduct> product = products.apply(group.projections());
      values.put(group.placeholder(), adapted(group, product, tensors, computed));
    }
    return KernelText.fill(KernelText.read(segment.template()), values);
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
      BaseType computed) {
    String base =
        methodFor(
            "base",
            KernelText.fill(
                KernelText.read(base(group, computed)),
                Map.of(
                    "weight", tensors.groupExpression(group.projections(), "weight"),
                    "bias", tensors.groupExpression(group.projections(), "bias"))));
    Map<String, String> values = new LinkedHashMap<>();
    String text;
    if (product.isPresent()) {
      text = filled(product.get().template(), product.get());
      values.putAll(read(group, product.get(), tensors));
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
      ProjectionGroup group, AdaptedProduct product, SegmentTensors tensors) {
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < product.tensors().size(); i++) {
      values.put("t" + i, tensors.parameter(product.tensors().get(i)));
    }
    if (!product.prepared().isEmpty()) {
      List<ModuleShape> projections = group.projections();
      values.put("weight", tensors.groupExpression(projections, "weight"));
      values.put("bias", tensors.groupExpression(projections, "bias"));
      values.put("norms", tensors.norms(projections));
      String text = KernelText.fill(filled(product.prepared(), product), values);
      values.put("prepared", tensors.prepared(text));
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
