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
import dev.rankwise.models.network.Attachment.Asides;
import dev.rankwise.models.network.LinkedProgram.ByHand;
import dev.rankwise.models.network.LinkedProgram.Draw;
import dev.rankwise.models.network.LinkedProgram.LinkedSegment;
import dev.rankwise.models.network.LinkedProgram.Stretch;
import dev.rankwise.models.network.SegmentWeights.Weights;
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
  private static final String NO_ADAPTER_BACK = "kernels/base/unadapted_back.torchscript";
  private static final String FIRST = "kernels/runtime/first.torchscript";
  private static final String LEAVING = "kernels/runtime/leaving.torchscript";

  /** Which weights are in four bits, by name. */
  @FunctionalInterface
  interface Layouts {
    /** What a weight looks like in four bits; empty if it is not. */
    Optional<FourBitLayout> of(String weight);
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
    SegmentWeights weights =
        new SegmentWeights(
            tensors, segment.precision(), layouts, settings.baseType(), this::methodFor);
    boolean leaves =
        segment.role() == Role.OBSERVING || products(segment).stream().anyMatch(this::adds);
    boolean byHand = !leaves && goesByHand(segment, tensors);
    Function<AdaptedProduct, String> template =
        product -> byHand ? product.byHand().orElseThrow().forward() : product.template();
    Function<List<ModuleShape>, Optional<AdaptedProduct>> applied = attachment::product;
    String applying = text(segment, tensors, weights, computed, applied, template);
    String training =
        attachment.drawsInTraining()
            ? text(segment, tensors, weights, computed, attachment::droppedProduct, template)
            : applying;
    Optional<String> backward =
        byHand ? Optional.of(backward(segment, tensors, weights, computed)) : Optional.empty();
    Map<String, String> trainable =
        Map.of("trainable", tensors.preamble(), "gradients", tensors.gradients());
    UnaryOperator<String> filled = text -> KernelText.fill(text, trainable);
    UnaryOperator<String> whole =
        text -> {
          String method = first(methodFor("segment", filled.apply(text)), text);
          return leaves ? methodFor("leaving", leaving(method)) : method;
        };
    return new LinkedSegment(
        segment.name(),
        segment.role(),
        whole.apply(applying),
        whole.apply(training),
        backward.map(
            text ->
                new ByHand(
                    methodFor("segment", filled.apply(training)),
                    methodFor("back", filled.apply(text)))),
        tensors.prepared().stream().map(text -> methodFor("prepared", filled.apply(text))).toList(),
        tensors.draws(),
        tensors.frozen(),
        leaves,
        weights.unpacked(),
        weights.room(),
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
      SegmentWeights weights,
      BaseType computed,
      Function<List<ModuleShape>, Optional<AdaptedProduct>> products,
      Function<AdaptedProduct, String> template) {
    Map<String, String> values = values(segment, tensors, computed);
    for (ProjectionGroup group : segment.groups()) {
      Optional<AdaptedProduct> product = products.apply(group.projections());
      values.put(
          group.placeholder(),
          adapted(group, product, product.map(template), tensors, weights.of(group), computed));
    }
    return KernelText.fill(KernelText.read(segment.template()), values);
  }

  /** What a segment's own texts read beside its groups' products. */
  private Map<String, String> values(Segment segment, SegmentTensors tensors, BaseType computed) {
    Map<String, String> values = new LinkedHashMap<>(segment.constants());
    values.putAll(asides);
    values.put("compute", Integer.toString(computed.scalarType()));
    segment
        .tensors()
        .forEach((placeholder, name) -> values.put(placeholder, tensors.expression(name)));
    return values;
  }

  /** The method of a segment that returns its result alone. */
  private String first(String method, String text) {
    return text.contains("-> List[Tensor]:")
        ? methodFor("first", KernelText.fill(KernelText.read(FIRST), Map.of("segment", method)))
        : method;
  }

  private List<AdaptedProduct> products(Segment segment) {
    return segment.groups().stream()
        .flatMap(group -> attachment.product(group.projections()).stream())
        .toList();
  }

  /**
   * Whether a segment goes back by hand: where it and each of its products has a text for that, and
   * nothing is trained but what these texts give gradients of. Factors of jitter have no such text.
   */
  private boolean goesByHand(Segment segment, SegmentTensors tensors) {
    List<AdaptedProduct> products =
        segment.groups().stream().flatMap(group -> trained(group.projections()).stream()).toList();
    if (segment.backward().isEmpty()
        || products.stream()
            .anyMatch(product -> product.byHand().isEmpty() || !product.shaken().isEmpty())) {
      return false;
    }
    boolean collects = KernelText.read(segment.backward()).contains("${gradients}");
    Set<TrainableTensor> covered = new LinkedHashSet<>();
    products.forEach(product -> covered.addAll(product.tensors()));
    return tensors.trainsNothingBut(covered) && (collects || covered.isEmpty());
  }

  /** The adapted product of a group as training computes it. */
  private Optional<AdaptedProduct> trained(List<ModuleShape> group) {
    return attachment.drawsInTraining()
        ? attachment.droppedProduct(group)
        : attachment.product(group);
  }

  private String backward(
      Segment segment, SegmentTensors tensors, SegmentWeights weights, BaseType computed) {
    Map<String, String> values = values(segment, tensors, computed);
    for (ProjectionGroup group : segment.groups()) {
      if (trained(group.projections()).isEmpty()) {
        values.put(
            group.placeholder(),
            adapted(
                group, Optional.empty(), Optional.empty(), tensors, weights.of(group), computed));
      }
      values.put(group.placeholder() + "_back", back(group, tensors, weights.of(group), computed));
    }
    return KernelText.fill(KernelText.read(segment.backward()), values);
  }

  /** The method that goes back through a group's product by hand. */
  private String back(
      ProjectionGroup group, SegmentTensors tensors, Weights weights, BaseType computed) {
    String template =
        switch (computed) {
          case FLOAT32 -> settings.floatProducts().backward();
          case BFLOAT16 -> "kernels/base/dense_bfloat16_back.torchscript";
        };
    String base = KernelText.fill(KernelText.read(template), Map.of("weight", weights.first()));
    Map<String, String> values = new LinkedHashMap<>(types(computed));
    values.put("base", methodFor("base", base));
    Optional<AdaptedProduct> product = trained(group.projections());
    String text =
        product
            .map(of -> filled(of.byHand().orElseThrow().backward(), of))
            .orElseGet(() -> KernelText.read(NO_ADAPTER_BACK));
    product.ifPresent(of -> values.putAll(read(group, of, tensors, weights)));
    List<TrainableTensor> read = product.map(AdaptedProduct::tensors).orElse(List.of());
    for (int i = 0; i < read.size(); i++) {
      values.put("g" + i, tensors.gradient(read.get(i)));
    }
    return methodFor("back", KernelText.fill(text, values));
  }

  private boolean isInFourBits(Segment segment, List<TrainableTensor> trained) {
    List<String> names = trained.stream().map(TrainableTensor::name).toList();
    return segment.precision() == Precision.OF_BASE
        && segment.groups().stream()
            .flatMap(group -> group.projections().stream())
            .anyMatch(
                module ->
                    !names.contains(module.path() + ".weight")
                        && SegmentWeights.layout(module, layouts).isPresent());
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
      Optional<String> template,
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
      text = filled(template.orElseThrow(), product.get());
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
    values.putAll(types(computed));
    return methodFor("adapted", KernelText.fill(text, values));
  }

  /** The types in which a group's products are computed, as libtorch numbers them. */
  private Map<String, String> types(BaseType computed) {
    BaseType adapter = computed == BaseType.FLOAT32 ? computed : settings.adapterType();
    return Map.of(
        "compute", Integer.toString(computed.scalarType()),
        "adapter", Integer.toString(adapter.scalarType()));
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
