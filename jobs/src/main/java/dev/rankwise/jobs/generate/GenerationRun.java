package dev.rankwise.jobs.generate;

import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.adapters.peft.PeftConfig;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.jobs.session.JsonFile;
import dev.rankwise.jobs.stored.StoredModel;
import dev.rankwise.jobs.stored.TextSettings;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.generation.Generated;
import dev.rankwise.models.generation.GenerationSettings;
import dev.rankwise.models.generation.Generator;
import dev.rankwise.models.generation.TextListener;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.tokenizer.BoundaryTokens;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.models.vision.PicturedPrompt;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Texts after prompts, by each adapter in its turn. Needs no Spark.
 *
 * @param request what is asked for
 * @param out where texts are shown
 */
public record GenerationRun(GenerationRequest request, PrintWriter out) {
  private static final String OWN_ADAPTER = "adapter";
  private static final String OWN_MODEL = "model";

  /**
   * What is written after a prompt.
   *
   * @param seconds its share of the time that all of its adapter's took, without loading
   */
  private record Written(int prompt, String adapter, Generated generated, double seconds) {}

  /**
   * The base and the adapters on it; the format is that of the run that the user names for a base,
   * if it is one, so that its base is asked as its adapter is.
   */
  private record Voices(String base, List<NamedAdapter> adapters, Optional<String> format) {}

  /** What one adapter is asked: the places of its prompts, their tokens, and when its texts end. */
  private record Asked(
      NamedAdapter adapter,
      int task,
      int[] own,
      List<PicturedPrompt> prompts,
      GenerationSettings settings) {}

  /**
   * Generates.
   *
   * @param to gets JSON lines; without it texts are shown, a single one as it grows
   */
  public void run(Optional<Path> to) {
    Voices voices = voices();
    BaseDirectory directory = SparkBases.source().resolve(voices.base());
    ModelConfig config = ModelConfig.read(directory.config());
    if (config.decoder().isEmpty() || config.task() != ModelTask.CAUSAL_LANGUAGE_MODEL) {
      throw new UserInputException(
          ("Cannot generate with a base of model_type \"%s\" and architecture %s: it does not"
                  + " predict the next token; choose a decoder with an output embedding, such as"
                  + " LlamaForCausalLM")
              .formatted(config.modelType(), config.architecture()));
    }
    try (Spelling spelling = Spelling.of(directory)) {
      // All are read before the first text is written: a prompt that will not do costs none.
      List<Asked> asked =
          voices.adapters().stream()
              .map(adapter -> asked(adapter, voices.format(), directory, spelling))
              .toList();
      requireRouted(asked);
      List<Written> all = new ArrayList<>();
      for (Asked one : asked) {
        all.addAll(written(one, directory, config, spelling, to.isEmpty()));
      }
      to.ifPresent(file -> write(file, all));
    }
  }

  private Voices voices() {
    Path path = Path.of(request.base().startsWith("jar:") ? "" : request.base());
    List<NamedAdapter> adapters = new ArrayList<>();
    Optional<StoredModel> own =
        Optional.of(path)
            .filter(StoredModel::isTuned)
            .map(tuned -> StoredModel.at(tuned, Optional.empty(), List.of()));
    own.ifPresent(
        stored ->
            adapters.add(
                stored.adapter().isPresent()
                    ? new NamedAdapter(OWN_ADAPTER, Optional.of(path))
                    : new NamedAdapter(OWN_MODEL, Optional.empty())));
    adapters.addAll(request.adapters());
    if (adapters.isEmpty()) {
      adapters.add(NamedAdapter.base());
    }
    Set<String> names = new LinkedHashSet<>();
    for (NamedAdapter adapter : adapters) {
      if (!names.add(adapter.name())) {
        throw new UserInputException(
            "Two adapters are named \"%s\" (each output needs a name of its own); rename one"
                .formatted(adapter.name()));
      }
    }
    for (int i = 0; i < request.prompts().size(); i++) {
      Optional<String> wanted = request.prompts().get(i).adapter();
      if (wanted.isPresent() && !names.contains(wanted.get())) {
        throw new UserInputException(
            "Prompt %s asks for an adapter that is not given; known are %s: add it with --adapter"
                .formatted(i + 1, String.join(", ", names)));
      }
    }
    return new Voices(
        own.map(StoredModel::base).orElse(request.base()),
        adapters,
        own.flatMap(StoredModel::chatFormat));
  }

  /** An adapter writes on its base as its run held it. */
  private BaseHolding held(NamedAdapter adapter) {
    BaseHolding held =
        adapter
            .folder()
            .map(GenerationRun::stored)
            .map(StoredModel::held)
            .orElseGet(BaseHolding::usual)
            .unlessAsItIs();
    return new BaseHolding(held.form(), request.type().orElse(held.type()));
  }

  private static StoredModel stored(Path folder) {
    return StoredModel.at(folder, Optional.of(""), List.of());
  }

  /** Puts its prompts to an adapter as its training data were, unless the user says how. */
  private Asked asked(
      NamedAdapter adapter, Optional<String> ofBase, BaseDirectory directory, Spelling spelling) {
    Optional<StoredModel> stored = adapter.folder().map(GenerationRun::stored);
    Optional<String> format =
        request.text().chatFormat().or(() -> stored.map(StoredModel::chatFormat).orElse(ofBase));
    Path base = directory.directory();
    PromptEncoder encoder = PromptEncoder.of(base, spelling.tokenizer(), format, sight(stored));
    int[] own =
        IntStream.range(0, request.prompts().size())
            .filter(
                i -> request.prompts().get(i).adapter().map(adapter.name()::equals).orElse(true))
            .toArray();
    List<PicturedPrompt> prompts =
        IntStream.of(own)
            .mapToObj(i -> encoder.encode(request.prompts().get(i), i + 1, adapter.name()))
            .toList();
    TextSettings text = request.text();
    List<String> stops = new ArrayList<>(text.stops());
    List<Integer> ends = List.of();
    if (!request.ignoresEnd()) {
      ends =
          encoder
              .tokens()
              .map(tokens -> tokens.endIds(base))
              .orElseGet(() -> BoundaryTokens.stops(base));
      encoder.tokens().ifPresent(tokens -> stops.addAll(tokens.endTexts()));
    }
    return new Asked(
        adapter,
        task(stored),
        own,
        prompts,
        new GenerationSettings(
            text.mostTokens(), text.sampling(), text.seed(), ends, stops, text.batchSize()));
  }

  private Optional<Sight> sight(Optional<StoredModel> stored) {
    return stored.flatMap(
        model ->
            model
                .adapter()
                .flatMap(
                    folder ->
                        Sight.of(
                            folder,
                            request.shape().orElseGet(() -> model.squaring(Squaring.PADDED)))));
  }

  /** The task that an adapter is asked for; no task of one that does not route by them. */
  private int task(Optional<StoredModel> stored) {
    return stored
        .map(GenerationRun::mixture)
        .filter(ExpertMixture::routesByTask)
        .map(mixture -> mixture.taskAsked(request.task()))
        .orElse(TokenBatch.NO_TASK);
  }

  private static ExpertMixture mixture(StoredModel stored) {
    Path file = stored.adapterFolder().resolve(PeftConfig.FILE);
    return Files.exists(file) ? PeftConfig.read(file).spec().mixture() : ExpertMixture.usual();
  }

  private void requireRouted(List<Asked> asked) {
    if (request.task().isPresent() && asked.stream().allMatch(it -> it.task() < 0)) {
      throw new UserInputException(
          "Cannot use --task %s: no adapter here routes by tasks; leave it out"
              .formatted(request.task().get()));
    }
  }

  private List<Written> written(
      Asked asked, BaseDirectory directory, ModelConfig config, Spelling spelling, boolean shown) {
    NamedAdapter named = asked.adapter();
    int[] own = asked.own();
    if (own.length == 0) {
      return List.of();
    }
    Optional<Adapter> adapter = named.folder().map(folder -> read(folder, config, directory));
    BaseHolding held = held(named);
    ReplicaSettings computed =
        new ReplicaSettings(
                held.type(), BaseType.FLOAT32, Runtime.getRuntime().availableProcessors())
            .with(held.form());
    Attachment attachment = adapter.map(it -> it.plan().attachment()).orElseGet(Attachment::none);
    ModelConfig whole = adapter.map(it -> it.plan().base()).orElse(config);
    boolean heads = request.prompts().size() > 1 || request.adapters().size() > 1;
    try (Replica replica =
            Replica.open(directory, whole, attachment, computed, BaseCache.defaultRoot());
        Parameters parameters =
            replica.parameters(adapter.map(Adapter::values).orElseGet(() -> new float[0]))) {
      boolean growing = shown && own.length == 1 && spelling.tokenizer().isPresent();
      if (growing && heads) {
        out.println(heading(own[0], named));
      }
      TextListener listener = growing ? (prompt, piece) -> show(piece) : (prompt, piece) -> {};
      long begun = System.nanoTime();
      List<Generated> texts =
          new Generator(
                  ids -> replica.decodingPassAfter(parameters, ids, asked.task()),
                  whole,
                  spelling.tokenizer())
              .generateAfter(
                  asked.prompts(),
                  LongStream.range(0, own.length).toArray(),
                  asked.settings(),
                  listener);
      double share = (System.nanoTime() - begun) / 1e9 / own.length;
      if (growing) {
        out.println();
        out.flush();
      }
      List<Written> written = new ArrayList<>();
      for (int i = 0; i < own.length; i++) {
        written.add(new Written(own[i], named.name(), texts.get(i), share));
        if (shown && !growing) {
          show(heads ? heading(own[i], named) + "\n" : "");
          show(spelling.shown(texts.get(i)) + "\n");
        }
      }
      return written;
    }
  }

  private static Adapter read(Path folder, ModelConfig config, BaseDirectory directory) {
    Path own = StoredModel.at(folder, Optional.of(""), List.of()).adapterFolder();
    Adapter adapter = PeftDirectory.read(own, config, directory.sha256());
    adapter.requireCopiesOf(directory);
    return adapter;
  }

  private static String heading(int prompt, NamedAdapter adapter) {
    return "== prompt %s, %s ==".formatted(prompt + 1, adapter.name());
  }

  /** What a model writes must not steer a terminal. */
  private void show(String text) {
    out.print(text.replaceAll("[\\p{Cc}&&[^\\n\\t]]", "\ufffd"));
    out.flush();
  }

  private void write(Path file, List<Written> all) {
    AtomicFile.write(file, lines(all));
    long tokens = all.stream().mapToLong(it -> it.generated().tokens().size()).sum();
    double seconds = all.stream().mapToDouble(Written::seconds).sum();
    out.println(
        String.format(
            Locale.ROOT,
            "Wrote %d texts to %s: %d tokens in %.2f s, %.1f tokens a second",
            all.size(),
            file,
            tokens,
            seconds,
            tokens / seconds));
  }

  private static String lines(List<Written> all) {
    return all.stream()
        .map(
            written -> {
              Map<String, Object> fields = new LinkedHashMap<>();
              fields.put("prompt", written.prompt() + 1);
              fields.put("adapter", written.adapter());
              fields.put("text", written.generated().text());
              fields.put("tokens", written.generated().tokens());
              fields.put("finish", written.generated().finish().word());
              return JsonFile.line(fields) + "\n";
            })
        .collect(Collectors.joining());
  }

  /** The tokenizer of a base, where it has one. */
  private record Spelling(Optional<Tokenizer> tokenizer) implements AutoCloseable {
    private static final String TOKENIZER = "tokenizer.json";

    static Spelling of(BaseDirectory directory) {
      return new Spelling(
          Files.exists(directory.directory().resolve(TOKENIZER))
              ? Optional.of(HuggingFaceTokenizer.of(directory))
              : Optional.empty());
    }

    /** The text, or its token ids where there is no tokenizer. */
    String shown(Generated generated) {
      return tokenizer.isPresent()
          ? generated.text()
          : generated.tokens().stream().map(String::valueOf).collect(Collectors.joining(" "));
    }

    @Override
    public void close() {
      tokenizer.ifPresent(Tokenizer::close);
    }
  }
}
