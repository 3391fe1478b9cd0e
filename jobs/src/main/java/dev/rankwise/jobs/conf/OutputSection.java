package dev.rankwise.jobs.conf;

/**
 * Where the run folder lies. Driver only.
 *
 * @param directory the run folder; empty where the command line has to name it
 */
public record OutputSection(String directory) {

  static OutputSection of(RecipeValues values) {
    return new OutputSection(values.text("output.directory"));
  }
}
