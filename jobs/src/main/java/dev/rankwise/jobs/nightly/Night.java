package dev.rankwise.jobs.nightly;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.jobs.registry.VersionCard;
import dev.rankwise.jobs.session.FailureReport;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.FailureCode;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.format.StrictJson;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How far a night is: what {@value #FILE} in its folder says. It is replaced as a whole after each
 * step, so what stands there is done.
 *
 * @param runKey hash of recipe, rows and base
 * @param recipeSha256 hash of what the recipe asks for
 * @param dataSha256 hash of the prepared rows' content
 * @param baseSha256 hash of the base's files
 * @param parent the version that the adapter begins as; empty for none
 * @param began when it began
 * @param ended when the last thing was recorded of it
 * @param done the steps that are done, and what each gave
 * @param status {@value #RUNNING}, {@value #SUCCEEDED}, or how it ended otherwise
 * @param exitCode how it ended
 * @param message why it did not succeed; else empty
 */
record Night(
    String runKey,
    String recipeSha256,
    String dataSha256,
    String baseSha256,
    OptionalInt parent,
    Instant began,
    Instant ended,
    Map<NightStep, String> done,
    String status,
    int exitCode,
    String message) {
  static final String FILE = "night.json";
  static final int MOST_BYTES = 16 << 20;
  static final String RUNNING = "running";
  static final String SUCCEEDED = "succeeded";

  private static final String FORMAT = "rankwise-night";
  private static final int LAYOUT = 1;
  private static final int KEY_DIGITS = VersionCard.KEY_DIGITS;

  /** Ends after which the same rows are gone on with: nothing was wrong with them. */
  private static final Set<Integer> CUT_SHORT =
      Set.of(
          FailureCode.CLUSTER_UNABLE.exitCode(),
          FailureCode.RUN_HELD.exitCode(),
          FailureCode.HUNG_UP.exitCode(),
          FailureCode.INTERRUPTED.exitCode(),
          FailureCode.TERMINATED.exitCode());

  Night {
    Map<NightStep, String> steps = new EnumMap<>(NightStep.class);
    steps.putAll(done);
    done = Collections.unmodifiableMap(steps);
  }

  /** The key of a night: what is asked for, of which rows, on which base. */
  static String key(String recipeSha256, String dataSha256, String baseSha256) {
    return Sha256.ofText(recipeSha256 + "\n" + dataSha256 + "\n" + baseSha256 + "\n");
  }

  /** A night that begins; of what came before only {@code parent} matters to it. */
  static Night begun(
      String recipeSha256, String dataSha256, String baseSha256, OptionalInt parent, Instant now) {
    return new Night(
        key(recipeSha256, dataSha256, baseSha256),
        recipeSha256,
        dataSha256,
        baseSha256,
        parent,
        now,
        now,
        Map.of(),
        RUNNING,
        0,
        "");
  }

  /** The first digits of the key, which name its run. */
  String shortKey() {
    return runKey.substring(0, KEY_DIGITS);
  }

  /** The same going on. */
  Night running(Instant now) {
    return isWhole() ? this : with(done, now, RUNNING, 0, "");
  }

  /** The same with a step done, and what it gave in words. */
  Night with(NightStep step, String gave, Instant now) {
    Map<NightStep, String> more = new EnumMap<>(NightStep.class);
    more.putAll(done);
    more.put(step, gave);
    return with(more, now, isWhole(more) ? SUCCEEDED : RUNNING, 0, "");
  }

  /** The same as it ended. */
  Night failed(FailureReport report, Instant now) {
    return with(done, now, report.status(), report.code().exitCode(), report.message());
  }

  private Night with(
      Map<NightStep, String> steps, Instant now, String newStatus, int code, String why) {
    return new Night(
        runKey,
        recipeSha256,
        dataSha256,
        baseSha256,
        parent,
        began,
        now,
        steps,
        newStatus,
        code,
        why);
  }

  boolean isDone(NightStep step) {
    return done.containsKey(step);
  }

  /** Whether nothing of it is left to do. */
  boolean isWhole() {
    return isWhole(done);
  }

  private static boolean isWhole(Map<NightStep, String> steps) {
    return steps.keySet().containsAll(NightStep.all());
  }

  /**
   * Whether it was cut short, by whatever had nothing to do with its rows, and asks for the same:
   * then it goes on with the rows that it has, whatever came since.
   */
  boolean goesOn(String otherRecipeSha256, String otherBaseSha256) {
    boolean cut = status.equals(RUNNING) || CUT_SHORT.contains(exitCode);
    return cut
        && !isWhole()
        && recipeSha256.equals(otherRecipeSha256)
        && baseSha256.equals(otherBaseSha256);
  }

  /** As it stands in JSON. */
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("format", FORMAT);
    fields.put("layout", LAYOUT);
    fields.put("status", status);
    fields.put("exit_code", exitCode);
    fields.put("message", message);
    fields.put("run_key", runKey);
    fields.put("recipe_sha256", recipeSha256);
    fields.put("data_sha256", dataSha256);
    fields.put("base_sha256", baseSha256);
    fields.put("parent", parent.isPresent() ? parent.getAsInt() : null);
    fields.put("began", began.toString());
    fields.put("ended", ended.toString());
    Map<String, Object> steps = new LinkedHashMap<>();
    done.forEach((step, gave) -> steps.put(step.label(), gave));
    fields.put("steps", steps);
    return fields;
  }

  /**
   * Reads what {@link #fields} wrote.
   *
   * @param origin where it lies, for messages
   * @throws CorruptFileException if it is anything else
   */
  static Night read(byte[] bytes, String origin) {
    ObjectNode json = StrictJson.parse(bytes, origin);
    boolean ours =
        json.path("format").asText().equals(FORMAT) && json.path("layout").asInt() == LAYOUT;
    boolean whole =
        List.of("run_key", "recipe_sha256", "data_sha256", "base_sha256", "status").stream()
            .allMatch(name -> json.path(name).isTextual());
    if (!ours || !whole || json.path("run_key").asText().length() < KEY_DIGITS) {
      throw corrupt(origin);
    }
    Map<NightStep, String> done = new EnumMap<>(NightStep.class);
    for (Map.Entry<String, JsonNode> step : json.path("steps").properties()) {
      done.put(step(step.getKey()).orElseThrow(() -> corrupt(origin)), step.getValue().asText());
    }
    return new Night(
        json.path("run_key").asText(),
        json.path("recipe_sha256").asText(),
        json.path("data_sha256").asText(),
        json.path("base_sha256").asText(),
        json.path("parent").isInt()
            ? OptionalInt.of(json.path("parent").asInt())
            : OptionalInt.empty(),
        instant(json, "began", origin),
        instant(json, "ended", origin),
        done,
        json.path("status").asText(),
        json.path("exit_code").asInt(),
        json.path("message").asText());
  }

  private static Optional<NightStep> step(String label) {
    return NightStep.all().stream().filter(step -> step.label().equals(label)).findFirst();
  }

  private static Instant instant(ObjectNode json, String name, String origin) {
    try {
      return Instant.parse(json.path(name).asText());
    } catch (DateTimeException e) {
      throw corrupt(origin);
    }
  }

  private static CorruptFileException corrupt(String origin) {
    return new CorruptFileException(
        ("Cannot read %s: it does not say how far a night is (it must be as it was written); remove"
                + " it to begin the night anew, from the run and the versions that are there")
            .formatted(origin));
  }
}
