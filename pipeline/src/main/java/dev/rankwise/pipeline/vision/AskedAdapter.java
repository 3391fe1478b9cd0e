package dev.rankwise.pipeline.vision;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.VisionChoice;
import dev.rankwise.adapters.vora.Vora;
import dev.rankwise.datasets.image.ProcessorConfig;
import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.source.BaseDirectory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The adapter that is asked for, once its base and the teacher are at hand.
 *
 * <p>What is left open of a decoder that learns to see follows from the teacher, and without one
 * from the base; every linear module of the first blocks is adapted unless targets are named.
 *
 * @param spec what is trained
 * @param teacher the ViT that blocks are compared with
 * @param pictures how pictures are read; empty of a model of texts
 */
public record AskedAdapter(
    AdapterSpec spec, Optional<TeacherBase> teacher, Optional<PictureInput> pictures) {
  private static final String VORA = new Vora().name();
  private static final Pattern IN_BLOCK = Pattern.compile(".*\\.layers\\.(\\d+)\\..*?([^.]+)");
  private static final int COLOURS = 3;

  /**
   * Works it out.
   *
   * @param spec what is asked of the adapter
   * @param asked how it learns to see, where its method is {@code vora}
   * @throws UserInputException if what is asked, base and teacher do not fit each other
   */
  public static AskedAdapter of(AdapterSpec spec, AskedSight asked, BaseDirectory base) {
    ModelConfig config = ModelConfig.read(base.config());
    if (!spec.method().equals(VORA)) {
      return new AskedAdapter(spec, Optional.empty(), PictureInput.of(config, base.directory()));
    }
    Optional<TeacherBase> teacher = asked.teacher().map(TeacherBase::named);
    teacher.ifPresent(it -> it.requireFitting(asked));
    int layers = layers(asked, spec, config, teacher);
    VisionEmbedding vision = vision(asked, config, teacher, layers);
    return new AskedAdapter(
        targeted(spec, config, layers).withVision(VisionChoice.of(vision)),
        teacher,
        Optional.of(
            new PictureInput(
                vision.images(),
                teacher
                    .map(it -> ProcessorConfig.read(it.directory().directory(), vision.images()))
                    .orElseGet(() -> ProcessorConfig.usual(vision.images())),
                OptionalInt.of(vision.placeholder()))));
  }

  private static int layers(
      AskedSight asked, AdapterSpec spec, ModelConfig config, Optional<TeacherBase> teacher) {
    int named = spec.layers().stream().mapToInt(layer -> layer + 1).max().orElse(0);
    int usual = teacher.map(it -> it.config().layers()).orElse(config.layers());
    int layers = named > 0 ? named : asked.layers().orElse(usual);
    if (layers > config.layers()) {
      throw new UserInputException(
          "Cannot adapt %s blocks of %s, which has %s%s; set adapter.image-layers to %s at most"
              .formatted(
                  layers,
                  config.architecture(),
                  config.layers(),
                  asked.layers().isEmpty() && teacher.isPresent()
                      ? " (as many as the teacher has)"
                      : "",
                  config.layers()));
    }
    return layers;
  }

  private static VisionEmbedding vision(
      AskedSight asked, ModelConfig config, Optional<TeacherBase> teacher, int layers) {
    ImageShape images =
        teacher
            .map(TeacherBase::images)
            .orElseGet(
                () ->
                    new ImageShape(
                        asked.side().orElse(AskedSight.SIDE),
                        asked.patch().orElse(AskedSight.PATCH),
                        COLOURS));
    if (images.side() % images.patch() != 0) {
      throw new UserInputException(
          ("Invalid adapter.image-side: %s pixels, with patches of %s (must be a multiple of a"
                  + " patch's side); change one of the two")
              .formatted(images.side(), images.patch()));
    }
    return new VisionEmbedding(
        images,
        teacher
            .map(it -> it.config().hiddenSize())
            .orElseGet(() -> asked.width().orElse(config.hiddenSize())),
        config.normEpsilon(),
        teacher.map(it -> Math.min(layers, it.config().layers())).orElse(0),
        asked.attention(),
        VisionEmbedding.USUAL_PLACEHOLDER);
  }

  /** Layers need a list of names, which PEFT reads with them. */
  private static AdapterSpec targeted(AdapterSpec spec, ModelConfig config, int layers) {
    AdapterSpec listed =
        switch (spec.targets().kind()) {
          case UNSET, ALL_LINEAR -> spec.withTargets(ModuleChoice.of(linears(config, layers)));
          case LIST, EXPRESSION -> spec;
        };
    boolean open = listed.layers().isEmpty() && listed.targets().kind() == ModuleChoice.Kind.LIST;
    return open ? listed.withLayers(IntStream.range(0, layers).boxed().toList()) : listed;
  }

  private static List<String> linears(ModelConfig config, int layers) {
    List<String> names = new ArrayList<>();
    for (ModuleShape module : ModuleTree.of(config).modules()) {
      Matcher inBlock = IN_BLOCK.matcher(module.path());
      if (module.isLinear()
          && inBlock.matches()
          && Integer.parseInt(inBlock.group(1)) < layers
          && !names.contains(inBlock.group(2))) {
        names.add(inBlock.group(2));
      }
    }
    return names;
  }
}
