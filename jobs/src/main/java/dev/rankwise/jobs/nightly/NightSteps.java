package dev.rankwise.jobs.nightly;

import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.jobs.conf.EvaluateSection.Gate;
import dev.rankwise.jobs.conf.OutputSection.Nightly;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.registry.Alias;
import dev.rankwise.jobs.registry.ModelRegistry;
import dev.rankwise.jobs.registry.RegisteredVersion;
import dev.rankwise.jobs.run.DataStage;
import dev.rankwise.jobs.run.TuningRun;
import dev.rankwise.jobs.session.FailureReport;
import dev.rankwise.jobs.session.JsonFile;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.jobs.stored.EvaluationRun;
import dev.rankwise.jobs.stored.FetchedAdapter;
import dev.rankwise.jobs.stored.StoredModel;
import dev.rankwise.models.failure.GateFailedException;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.evaluate.Metrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What each step of a night does, and that it is recorded once it is done. */
final class NightSteps {
  private final Function<List<String>, Recipe> recipe;
  private final Recipe asked;
  private final RunFolder folder;
  private final RunSession session;
  private final ModelRegistry registry;
  private final RunContext context;
  private final NightListener listener;
  private Night night;

  NightSteps(
      Function<List<String>, Recipe> recipe,
      Recipe asked,
      RunFolder folder,
      RunSession session,
      ModelRegistry registry,
      RunContext context,
      NightListener listener) {
    this.recipe = recipe;
    this.asked = asked;
    this.folder = folder;
    this.session = session;
    this.registry = registry;
    this.context = context;
    this.listener = listener;
  }

  /**
   * Finds the night to do: the last one if it was cut short, else that of the rows that there are
   * now, which are prepared.
   *
   * @param last the night before; empty for none
   * @return whether anything of it is left to do
   */
  boolean begin(Optional<Night> last) {
    String recipeSha256 =
        Sha256.ofText(asked.sha256() + "\n" + asked.output().nightly().start() + "\n");
    String baseSha256 = session.reference().sha256();
    if (last.isPresent() && last.get().goesOn(recipeSha256, baseSha256) && holdsDataOf(last)) {
      context.say("Night      going on with that of " + last.get().began());
      return going(last.get());
    }
    tell(NightStep.PREPARE);
    PreparedData data = new DataStage(session, asked, context).growingAt(dataDirectory());
    String dataSha256 = data.manifest().contentSha256();
    String key = Night.key(recipeSha256, dataSha256, baseSha256);
    if (last.isPresent() && last.get().runKey().equals(key)) {
      return last.get().isWhole() ? nothingNew(key) : going(last.get());
    }
    Optional<RegisteredVersion> there = registry.ofRun(key);
    if (there.isPresent() && (isLeftToCommand() || registry.wasPromoted(there.get().number()))) {
      return nothingNew(key);
    }
    last.ifPresent(this::keep);
    night = Night.begun(recipeSha256, dataSha256, baseSha256, parent(), context.clock().instant());
    done(NightStep.PREPARE, DataStage.counts(data.manifest()));
    return true;
  }

  private boolean going(Night last) {
    record(last.running(context.clock().instant()));
    return true;
  }

  private boolean nothingNew(String key) {
    context.say(
        "Nothing new: these rows, this recipe and this base (run key %s) are those of %s"
            .formatted(
                key,
                registry
                    .ofRun(key)
                    .map(version -> "version " + version.number())
                    .orElse("the last night")));
    return false;
  }

  /** A night that another follows is kept under the name of its key. */
  private void keep(Night last) {
    JsonFile.commit(folder, "night-%s.json".formatted(last.shortKey()), last.fields());
  }

  private boolean holdsDataOf(Optional<Night> last) {
    return PreparedData.exists(session.spark(), dataDirectory())
        && last.get().dataSha256().equals(manifest().contentSha256());
  }

  private OptionalInt parent() {
    boolean last = asked.output().nightly().start() == Nightly.Start.LAST;
    return last
        ? registry
            .at(Alias.CHAMPION)
            .map(champion -> OptionalInt.of(champion.number()))
            .orElseGet(OptionalInt::empty)
        : OptionalInt.empty();
  }

  private boolean isLeftToCommand() {
    return asked.output().nightly().promotion() == Nightly.Promotion.BY_COMMAND;
  }

  /**
   * Does the steps that are left.
   *
   * @throws GateFailedException if a gate failed; the steps before it stay done
   */
  void finish() {
    DataManifest manifest = manifest();
    NightGates gates = new NightGates(asked.evaluate().gates());
    gates.require(manifest);
    champion().ifPresent(version -> requireComparable(version, manifest));
    NightRun run = new NightRun(runRecipe(), context.clock());
    step(NightStep.TUNE, () -> tuned(run));
    step(NightStep.EVALUATE, () -> compared(run));
    step(NightStep.GATE, () -> judged(gates, run));
    step(NightStep.REGISTER, () -> registered(run, manifest));
    step(NightStep.PROMOTE, this::promoted);
  }

  /** Records why the night did not come to its end. */
  void failed(FailureReport report) {
    record(night.failed(report, context.clock().instant()));
  }

  private String tuned(NightRun run) {
    if (!run.isFinished(night.dataSha256())) {
      new TuningRun(run.recipe(), context).run();
    }
    return run.address();
  }

  private String compared(NightRun run) {
    Optional<RegisteredVersion> champion = championToCompare();
    if (champion.isEmpty()) {
      return "nothing to compare with";
    }
    RegisteredVersion version = champion.get();
    context.say("Champion   version %s on the same rows".formatted(version.number()));
    Metrics figures =
        new EvaluationRun(
                StoredModel.at(FetchedAdapter.path(version.address()), Optional.empty(), List.of()),
                EvaluationRun.Rows.heldOutOf(run.recipe()),
                context)
            .run(Optional.empty());
    LastFigures last = new LastFigures(night.runKey(), version.number(), LastFigures.of(figures));
    last.commit(folder);
    return "version " + version.number();
  }

  private String judged(NightGates gates, NightRun run) {
    List<NightGates.Verdict> verdicts = gates.verdicts(run.figures(), lastFigures(run));
    verdicts.forEach(verdict -> context.say("  " + verdict.told()));
    List<String> failed =
        verdicts.stream()
            .filter(verdict -> !verdict.passed())
            .map(NightGates.Verdict::text)
            .toList();
    if (!failed.isEmpty()) {
      throw new GateFailedException(
          ("%s of %s gates failed: %s; the adapter is kept in %s and not registered, and %s; look at its"
                  + " report, and lower evaluate.gates or bring other rows")
              .formatted(
                  failed.size(),
                  verdicts.size(),
                  String.join(", ", failed),
                  run.address(),
                  registry
                      .at(Alias.CHAMPION)
                      .map(it -> "version %s stays the champion".formatted(it.number()))
                      .orElse("no version is the champion")));
    }
    return verdicts.isEmpty()
        ? "no gates"
        : verdicts.stream().map(NightGates.Verdict::text).collect(Collectors.joining("; "));
  }

  /** What the champion reached on tonight's rows, measured anew if another became it meanwhile. */
  private Optional<LastFigures> lastFigures(NightRun run) {
    Optional<RegisteredVersion> champion = championToCompare();
    if (champion.isEmpty()) {
      return Optional.empty();
    }
    Optional<LastFigures> last = LastFigures.read(folder);
    if (last.filter(it -> it.isOf(night.runKey(), champion.get().number())).isEmpty()) {
      String unused = compared(run);
      last = LastFigures.read(folder);
    }
    return last;
  }

  private String registered(NightRun run, DataManifest manifest) {
    RegisteredVersion version =
        registry.register(run.version(night, session.reference().uri(), manifest));
    context.say("Candidate  version %s, %s".formatted(version.number(), version.address()));
    return "version " + version.number();
  }

  private String promoted() {
    RegisteredVersion version = registry.ofRun(night.runKey()).orElseThrow();
    if (isLeftToCommand()) {
      context.say("           promote it with registry --promote " + version.number());
      return "left to a command";
    }
    // Who went back from this version meanwhile did not want it: it was promoted once.
    if (!registry.wasPromoted(version.number())) {
      RegisteredVersion unused = registry.promote(version.number(), "night " + night.shortKey());
    }
    context.say("Champion   version " + version.number());
    return "version " + version.number();
  }

  /** The version that tonight's may not be worse than; empty where no gate asks that. */
  private Optional<RegisteredVersion> championToCompare() {
    boolean asksFor =
        asked.evaluate().gates().stream().anyMatch(gate -> gate.notWorseThanLast().isPresent());
    return asksFor
        ? champion().filter(version -> !version.card().runKey().equals(night.runKey()))
        : Optional.empty();
  }

  private Optional<RegisteredVersion> champion() {
    return registry.at(Alias.CHAMPION);
  }

  private void requireComparable(RegisteredVersion champion, DataManifest manifest) {
    boolean compared =
        night.parent().isPresent()
            || asked.evaluate().gates().stream()
                .map(Gate::notWorseThanLast)
                .anyMatch(it -> it.isPresent());
    if (compared) {
      NightGates.requireComparable(champion, night.baseSha256(), manifest);
    }
  }

  /** The night's recipe with the rows that it was prepared for, in a run folder of its own. */
  private Recipe runRecipe() {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "output.directory=" + folder.address() + "/runs/" + night.shortKey(),
                "data.prepared=" + dataDirectory(),
                "data.prepared-sha256=" + night.dataSha256()));
    if (night.parent().isPresent()) {
      RegisteredVersion parent = registry.versions().get(night.parent().getAsInt() - 1);
      settings.add("adapter.start=" + FetchedAdapter.path(parent.address()));
    }
    return recipe.apply(settings);
  }

  private String dataDirectory() {
    return asked.data().prepared().isEmpty()
        ? folder.address(RunFiles.DATA)
        : asked.data().prepared();
  }

  private DataManifest manifest() {
    return PreparedData.card(session.spark(), dataDirectory()).manifest();
  }

  /** Something that a step does, and what it gave in words. */
  @FunctionalInterface
  private interface Work {
    String done();
  }

  private void step(NightStep step, Work work) {
    if (night.isDone(step)) {
      return;
    }
    tell(step);
    done(step, work.done());
  }

  private void tell(NightStep step) {
    context.say("");
    context.say("[%s] %s".formatted(step.place(), step.label()));
  }

  private void done(NightStep step, String gave) {
    listener.reached(step, NightListener.Moment.DONE);
    record(night.with(step, gave, context.clock().instant()));
    listener.reached(step, NightListener.Moment.RECORDED);
  }

  private void record(Night now) {
    night = now;
    JsonFile.commit(folder, Night.FILE, now.fields());
  }
}
