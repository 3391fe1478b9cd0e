package dev.rankwise.adapters.peft;

import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.VisionChoice;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.failure.TrainingStoppedException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StagedDirectory;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.network.TrainableTensor;
import dev.rankwise.models.text.PrintableText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An adapter as Hugging Face PEFT keeps it: three files in a folder.
 *
 * <table>
 * <caption>Files</caption>
 * <tr><th>name</th><th>content</th></tr>
 * <tr><td>{@code adapter_config.json}</td><td>{@link PeftConfig}</td></tr>
 * <tr><td>{@code adapter_model.safetensors}</td><td>every trainable tensor in float32 as {@code
 * base_model.model.} + its full name; in the header {@code format: pt} and {@link AdapterOrigin}
 * </td></tr>
 * <tr><td>{@code README.md}</td><td>the model card; not needed to load</td></tr>
 * <tr><td>{@code experts/0} …</td><td>of a mixture of experts: each of them as an ordinary LoRA
 * adapter; not needed to load</td></tr>
 * <tr><td>{@code vora_config.json}, {@code vision_embedding.safetensors}</td><td>of a decoder that
 * sees: {@link VisionFiles}; where nothing is adapted beside, these stand alone</td></tr>
 * </table>
 *
 * <p>The same adapter gives the same bytes. Loading and saving keeps the bytes of float32 tensors;
 * narrower ones are widened, which is exact. A copy of a frozen weight, which PEFT stores beside
 * the factors of an embedding, is kept and written as it came; adapters that are trained here have
 * none.
 */
public final class PeftDirectory {
  /** Name of the file with the numbers. */
  public static final String WEIGHTS = "adapter_model.safetensors";

  /** Name of the model card. */
  public static final String CARD = "README.md";

  /** Folder of a mixture's experts. */
  static final String EXPERTS = "experts";

  /** What PEFT puts before the full name of every tensor. */
  static final String PREFIX = "base_model.model.";

  private static final Set<String> OF_BASE = Set.of("weight", "bias");
  private static final String PICKLE = "adapter_model.bin";

  private PeftDirectory() {}

  /**
   * The name of a tensor in the file: {@code base_model.model.} before its full name. A tensor of
   * the base itself lies at {@code base_layer} where its module is adapted. What lets a decoder see
   * has its own files, and its full names there.
   */
  public static String nameOnDisk(AdapterPlan plan, TrainableTensor tensor) {
    if (VisionFiles.hold(plan, tensor)) {
      return tensor.name();
    }
    boolean ofBase = OF_BASE.contains(tensor.tensor());
    return ofBase && plan.matched().at(tensor.module()).isPresent()
        ? copyOnDisk(tensor.module(), tensor.tensor())
        : PREFIX + tensor.name();
  }

  /** The name under which PEFT stores a tensor of an adapted module's base. */
  static String copyOnDisk(String module, String tensor) {
    return PREFIX + module + ".base_layer." + tensor;
  }

  /**
   * Makes the folder {@code target}, which appears whole or not at all.
   *
   * @throws UserInputException if it exists already, or PEFT has no such method
   * @throws TrainingStoppedException if a number of the adapter is not finite
   */
  public static void create(Path target, Adapter adapter, AdapterCard card) {
    try (StagedDirectory staged = StagedDirectory.beside(target)) {
      write(staged.path(), adapter, card);
      staged.commit();
    }
  }

  /**
   * Writes the three files into a folder that the caller has staged.
   *
   * @throws UserInputException if PEFT has no such method
   * @throws TrainingStoppedException if a number of the adapter is not finite
   */
  public static void write(Path folder, Adapter adapter, AdapterCard card) {
    AdapterPlan plan = adapter.plan();
    if (plan.method().peftType().isEmpty()) {
      throw new UserInputException(
          ("Cannot write an adapter of method \"%s\" for PEFT (each PEFT adapter adapts a module,"
                  + " this one adapts none); tune with a method such as \"lora\"")
              .formatted(plan.method().name()));
    }
    Optional<String> spoilt = adapter.firstNotFinite();
    if (spoilt.isPresent()) {
      throw new TrainingStoppedException(
          ("Adapter tensor %s holds a number that is not finite, so the adapter is not written;"
                  + " lower the learning rate or go back to an earlier checkpoint")
              .formatted(spoilt.get()));
    }
    List<StoredTensor> tensors = new ArrayList<>();
    for (Parameter parameter : plan.layout().parameters()) {
      if (VisionFiles.hold(plan, parameter.tensor())) {
        continue;
      }
      tensors.add(
          StoredTensor.ofFloats(
              nameOnDisk(plan, parameter.tensor()),
              parameter.tensor().shape().stream().map(Integer::longValue).toList(),
              adapter.values(parameter)));
    }
    adapter
        .copies()
        .forEach(
            (name, copy) -> {
              String module = name.substring(0, name.lastIndexOf('.'));
              String onDisk = copyOnDisk(module, "weight");
              tensors.add(new StoredTensor(onDisk, copy.type(), copy.shape(), copy.bytes()));
            });
    AdapterOrigin origin =
        new AdapterOrigin(
            card.version(), card.base(), card.baseSha256(), card.held(), plan.base().labels());
    VisionFiles.write(folder, adapter, origin);
    if (plan.base().vision().isEmpty() || !tensors.isEmpty()) {
      AtomicFile.write(folder.resolve(PeftConfig.FILE), PeftConfig.print(plan, card.base()));
      SafetensorsWriter.write(folder.resolve(WEIGHTS), origin.header(), tensors);
    }
    AtomicFile.write(folder.resolve(CARD), ModelCard.print(plan, card));
    for (int expert = 0; expert < ExpertAdapters.number(plan); expert++) {
      Path own = folder.resolve(EXPERTS).resolve(Integer.toString(expert));
      create(own, ExpertAdapters.of(adapter, expert), card);
    }
  }

  /**
   * Reads an adapter for a base.
   *
   * <p>The classes are those the adapter names; else the base's, if it is a classifier of as many;
   * else {@code LABEL_0}, {@code LABEL_1} … as in transformers.
   *
   * @param base the base's configuration, with or without a classifier on top
   * @param baseSha256 hash of the base's files
   * @throws UserInputException if the adapter asks for something that is not supported, or was made
   *     for another base
   * @throws dev.rankwise.models.failure.CorruptFileException if a file is damaged or incomplete
   */
  public static Adapter read(Path folder, ModelConfig base, String baseSha256) {
    Optional<VisionEmbedding> vision = VisionFiles.read(folder);
    AdapterSpec spec =
        spec(folder, vision).withVision(vision.map(VisionChoice::of).orElseGet(VisionChoice::none));
    try (AdapterFiles files = AdapterFiles.open(weightFiles(folder, vision))) {
      Optional<AdapterOrigin> origin = files.origin();
      if (origin.isPresent() && !origin.get().baseSha256().equals(baseSha256)) {
        throw new UserInputException(
            ("Adapter %s was trained on base \"%s\" with SHA-256 %s, and this base has %s;"
                    + " name the base it was trained on")
                .formatted(
                    folder,
                    PrintableText.of(origin.get().base()),
                    origin.get().baseSha256(),
                    baseSha256));
      }
      return new AdapterTensors(folder, files, origin).read(base, spec);
    }
  }

  private static AdapterSpec spec(Path folder, Optional<VisionEmbedding> vision) {
    Path config = folder.resolve(PeftConfig.FILE);
    if (vision.isEmpty()) {
      return PeftConfig.read(config).spec();
    }
    return Files.exists(config)
        ? PeftConfig.read(config).spec().withMethod(VisionFiles.METHOD)
        : AdapterSpec.of(VisionFiles.METHOD);
  }

  private static List<Path> weightFiles(Path folder, Optional<VisionEmbedding> vision) {
    if (vision.isEmpty()) {
      return List.of(weights(folder));
    }
    List<Path> files = new ArrayList<>();
    if (Files.exists(folder.resolve(PeftConfig.FILE))) {
      files.add(weights(folder));
    }
    files.addAll(VisionFiles.weights(folder, vision.get()));
    return files;
  }

  /** Whether a folder holds an adapter: factors, or what a decoder sees by, or both. */
  public static boolean isAdapter(Path folder) {
    return Files.isRegularFile(folder.resolve(PeftConfig.FILE))
        || Files.isRegularFile(folder.resolve(VisionFiles.CONFIG));
  }

  /** Where an adapter of ours comes from; empty if another library wrote it. */
  public static Optional<AdapterOrigin> origin(Path folder) {
    boolean factors = Files.exists(folder.resolve(PeftConfig.FILE));
    Path first = factors ? weights(folder) : weightFiles(folder, VisionFiles.read(folder)).get(0);
    try (SafetensorsFile file = SafetensorsFile.open(first)) {
      return AdapterOrigin.of(file.metadata());
    }
  }

  private static Path weights(Path folder) {
    Path weights = folder.resolve(WEIGHTS);
    if (!Files.exists(weights) && Files.exists(folder.resolve(PICKLE))) {
      throw new UserInputException(
          ("Adapter %s holds %s, a pickle, which is a program and is never run; save the adapter"
                  + " again in PEFT with safe_serialization=True")
              .formatted(folder, PICKLE));
    }
    return weights;
  }
}
