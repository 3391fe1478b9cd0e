package dev.rankwise.jobs.doctor;

import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.jobs.conf.DataSection;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.survey.FileAnswer.WatchedFile;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.source.BaseFiles;
import dev.rankwise.models.source.BaseSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The files that executors read of a recipe's: rows that lie in files, and a base that is named by
 * a path.
 *
 * @param files as the driver finds them
 * @param failures what the driver found against them
 */
record ReadFiles(List<WatchedFile> files, List<String> failures) {
  /** As many as a question may name that goes out with every task. */
  private static final int MOST = 1000;

  ReadFiles {
    files = files.stream().limit(MOST).toList();
    failures = List.copyOf(failures);
  }

  /** None, without a recipe. */
  static ReadFiles none() {
    return new ReadFiles(List.of(), List.of());
  }

  /** Those of a recipe. */
  static ReadFiles of(Recipe recipe) {
    List<WatchedFile> files = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    for (String location : locations(recipe.data())) {
      found(
          failures,
          () ->
              RowSources.files(location, SparkBases.configuration())
                  .forEach((file, bytes) -> files.add(new WatchedFile(file, bytes))));
    }
    if (isPath(recipe.base().model())) {
      found(failures, () -> files.addAll(ofBase(recipe.base().model())));
    }
    return new ReadFiles(files, failures);
  }

  private static List<String> locations(DataSection data) {
    List<String> locations = new ArrayList<>(List.of(data.source(), data.evaluationSource()));
    data.tasks().forEach(task -> locations.add(task.source()));
    locations.removeIf(String::isBlank);
    return locations;
  }

  private static boolean isPath(String model) {
    return model.startsWith("file:") || !BaseSource.isUri(model);
  }

  private static List<WatchedFile> ofBase(String model) {
    Path folder = SparkBases.source().configuration(model).toAbsolutePath().getParent();
    List<WatchedFile> files = new ArrayList<>();
    for (String name : BaseFiles.required(folder)) {
      Path file = folder.resolve(name);
      try {
        files.add(new WatchedFile("file:" + file, Files.size(file)));
      } catch (IOException e) {
        throw FileFailure.reading(file, e);
      }
    }
    return files;
  }

  private static void found(List<String> failures, Runnable look) {
    try {
      look.run();
    } catch (RankwiseException e) {
      failures.add(e.getMessage());
    }
  }
}
