package dev.rankwise.jobs.nightly;

import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.jobs.conf.EvaluateSection.Gate;
import dev.rankwise.jobs.registry.RegisteredVersion;
import dev.rankwise.jobs.registry.VersionCard;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What the figures of a night are held against.
 *
 * @param gates the gates of the recipe
 */
record NightGates(List<Gate> gates) {
  NightGates {
    gates = List.copyOf(gates);
  }

  /**
   * What a gate says of a night.
   *
   * @param text figure, value and rule
   * @param passed whether the figure is as it must be
   */
  record Verdict(String text, boolean passed) {
    String told() {
      return (passed ? "passed: " : "failed: ") + text;
    }
  }

  /**
   * Checks, before anything is trained, that there will be what the gates ask for.
   *
   * @param manifest the card of the night's rows
   * @throws UserInputException if models of such rows have no such figure
   * @throws DataException if no rows are held out to measure on
   */
  void require(DataManifest manifest) {
    List<String> figures = Gate.figuresOf(manifest.kind());
    for (Gate gate : gates) {
      if (!figures.contains(gate.name())) {
        throw new UserInputException(
            "Cannot hold %s against a gate: what learns from %s has %s; name one of these in evaluate.gates"
                .formatted(gate.figure(), manifest.kind().words(), String.join(", ", figures)));
      }
      if (gate.task().isPresent() && !manifest.tasks().contains(gate.task().get())) {
        throw new UserInputException(
            "Cannot hold %s against a gate: the rows have %s; name one of their tasks in evaluate.gates"
                .formatted(
                    Redaction.shown(gate.figure()),
                    manifest.tasks().isEmpty()
                        ? "no tasks"
                        : "the tasks " + Redaction.shown(String.join(", ", manifest.tasks()))));
      }
    }
    if (!gates.isEmpty() && manifest.test().examples() == 0) {
      throw new DataException(
          "Cannot hold figures against evaluate.gates: no rows are held out to measure on; set"
              + " data.test-fraction or data.evaluation-source, or leave evaluate.gates out");
    }
  }

  /**
   * Checks that a version can be measured on a night's rows, and an adapter begin as it.
   *
   * @throws DataException if it is of another base, or learned other classes
   */
  static void requireComparable(
      RegisteredVersion champion, String baseSha256, DataManifest manifest) {
    VersionCard card = champion.card();
    String remedy =
        "set nightly.start to scratch and leave not-worse-than-last out of evaluate.gates for one"
            + " night";
    if (!card.baseSha256().equals(baseSha256)) {
      throw new DataException(
          "Cannot go on from version %s: it is of base %s with SHA-256 %s, and the base here has %s; name that base, or %s"
              .formatted(
                  champion.number(),
                  Redaction.shown(card.base()),
                  card.baseSha256(),
                  baseSha256,
                  remedy));
    }
    if (card.kind() != manifest.kind()) {
      throw new DataException(
          "Cannot go on from version %s: it learned from %s, and the rows are now %s; mend data.row-format or the source, or %s"
              .formatted(champion.number(), card.kind().words(), manifest.kind().words(), remedy));
    }
    if (!card.labels().equals(manifest.labels())) {
      throw new DataException(
          ("Cannot go on from version %s: it knows the %s classes %s, and the rows have the %s classes"
                  + " %s; name the classes in data.labels, or %s")
              .formatted(
                  champion.number(),
                  card.labels().size(),
                  Redaction.shown(String.join(", ", card.labels())),
                  manifest.labels().size(),
                  Redaction.shown(String.join(", ", manifest.labels())),
                  remedy));
    }
  }

  /**
   * Judges.
   *
   * @param tonight the figures of the night's adapter by their names
   * @param last those of the champion on the same rows; empty where there is none, and then nothing
   *     is worse
   */
  List<Verdict> verdicts(SortedMap<String, Double> tonight, Optional<LastFigures> last) {
    List<Verdict> verdicts = new ArrayList<>();
    for (Gate gate : gates) {
      Double value = tonight.get(gate.figure());
      if (value == null) {
        // A loss that is no number has no place in JSON.
        verdicts.add(new Verdict(gate.figure() + " is no number", false));
        continue;
      }
      String shown = "%s is %s".formatted(gate.figure(), number(value));
      gate.atLeast()
          .ifPresent(
              least ->
                  verdicts.add(
                      new Verdict(
                          "%s (must be at least %s)".formatted(shown, number(least)),
                          value >= least)));
      gate.atMost()
          .ifPresent(
              most ->
                  verdicts.add(
                      new Verdict(
                          "%s (must be at most %s)".formatted(shown, number(most)),
                          value <= most)));
      if (gate.notWorseThanLast().isPresent() && last.isPresent()) {
        verdicts.add(compared(gate, value, last.get()));
      }
    }
    return verdicts;
  }

  private static Verdict compared(Gate gate, double value, LastFigures last) {
    double allowed = gate.notWorseThanLast().getAsDouble();
    Double before = last.figures().get(gate.figure());
    if (before == null) {
      // What is a number is better than what is none.
      return new Verdict(
          "%s is %s, and of version %s no number"
              .formatted(gate.figure(), number(value), last.version()),
          true);
    }
    double worse = gate.betterLow() ? value - before : before - value;
    return new Verdict(
        "%s is %s, and %s of version %s on the same rows (may be worse by at most %s)"
            .formatted(
                gate.figure(), number(value), number(before), last.version(), number(allowed)),
        worse <= allowed);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.6f", value).replaceFirst("\\.?0+$", "");
  }
}
