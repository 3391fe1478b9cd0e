package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.survey.ExecutorAnswer;
import dev.rankwise.jobs.survey.FolderAnswer;
import dev.rankwise.jobs.survey.FolderAnswer.Sight;
import dev.rankwise.jobs.text.Redaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * That what is to be shared is: each executor sees a file that the driver wrote, and the driver a
 * file of each executor.
 */
final class FolderCheck {
  private static final String REMEDY =
      "name a folder of a file system that all hosts share under one name, such as"
          + " hdfs:///rankwise or a mount, and that this user may write from each";

  private FolderCheck() {}

  static Checked of(Examined examined) {
    List<Finding> findings = new ArrayList<>();
    for (FolderReport folder : examined.folders()) {
      String place = "%s %s".formatted(folder.role(), Redaction.shown(folder.location()));
      if (!folder.failure().isEmpty()) {
        findings.add(Finding.mend(place + " cannot be tried: " + folder.failure(), REMEDY));
      } else {
        look(examined, folder, place, findings);
      }
    }
    return new Checked("folders", told(examined), findings);
  }

  private static void look(
      Examined examined, FolderReport folder, String place, List<Finding> findings) {
    List<ExecutorAnswer> blind = with(examined, folder, Sight.UNSEEN);
    if (!blind.isEmpty()) {
      findings.add(
          Finding.mend(
              "%s: %s cannot see what the driver writes there%s"
                  .formatted(place, examined.named(blind), words(blind, folder)),
              REMEDY));
    }
    List<ExecutorAnswer> barred = with(examined, folder, Sight.READ_ONLY);
    if (!barred.isEmpty()) {
      findings.add(
          Finding.mend(
              "%s: %s cannot write there%s"
                  .formatted(place, examined.named(barred), words(barred, folder)),
              REMEDY));
    }
    List<ExecutorAnswer> unseen =
        with(examined, folder, Sight.SHARED).stream()
            .filter(it -> !folder.seen().contains(it.executor()))
            .toList();
    if (!unseen.isEmpty()) {
      findings.add(
          Finding.mend(
              "%s: the driver cannot see the files that %s wrote there"
                  .formatted(place, lowered(examined.named(unseen))),
              REMEDY));
    }
  }

  private static List<ExecutorAnswer> with(Examined examined, FolderReport folder, Sight sight) {
    return examined.answers().stream()
        .filter(it -> answer(it, folder).filter(to -> to.sight() == sight).isPresent())
        .toList();
  }

  private static Optional<FolderAnswer> answer(ExecutorAnswer executor, FolderReport folder) {
    return executor.folders().stream()
        .filter(it -> it.location().equals(folder.location()))
        .findFirst();
  }

  private static String words(List<ExecutorAnswer> some, FolderReport folder) {
    String all =
        some.stream()
            .flatMap(it -> answer(it, folder).stream())
            .map(FolderAnswer::failure)
            .filter(it -> !it.isEmpty())
            .distinct()
            .map(Redaction::shown)
            .collect(Collectors.joining("; "));
    return all.isEmpty() ? "" : " (" + all + ")";
  }

  private static String lowered(String sentence) {
    return sentence.substring(0, 1).toLowerCase(Locale.ROOT) + sentence.substring(1);
  }

  private static String told(Examined examined) {
    if (examined.folders().isEmpty()) {
      return "none is named; --out and --shared name some";
    }
    String places =
        examined.folders().stream()
            .map(it -> "%s %s".formatted(it.role(), Redaction.shown(it.location())))
            .collect(Collectors.joining(", "));
    return examined.answers().isEmpty() ? places + ", " + Examined.NOBODY : places;
  }
}
