package dev.rankwise.pipeline.vision;

import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseReference;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The ViT that a decoder learns beside.
 *
 * @param name as the user names it
 * @param directory its files
 * @param config what it is
 */
public record TeacherBase(String name, BaseDirectory directory, ModelConfig config) {
  private static final String KEY = "adapter.teacher";
  private static final int COLOURS = 3;

  /**
   * Finds it.
   *
   * @throws UserInputException if it reads no pictures
   */
  static TeacherBase named(String name) {
    BaseDirectory directory = SparkBases.source().resolve(name);
    ModelConfig config = ModelConfig.read(directory.config());
    if (config.images().isEmpty()) {
      throw new UserInputException(
          ("Invalid %s: \"%s\" is a base of model_type \"%s\" (must read pictures); name a ViT, or"
                  + " leave it out to learn without a teacher")
              .formatted(KEY, name, config.modelType()));
    }
    int channels = config.images().get().channels();
    if (channels != COLOURS) {
      throw new UserInputException(
          "Invalid %s: \"%s\" reads %s numbers of a pixel (must be red, green and blue); name another"
              .formatted(KEY, name, channels));
    }
    return new TeacherBase(name, directory, config);
  }

  /** How executors find it. */
  public BaseReference reference() {
    return BaseReference.to(name, directory);
  }

  /** The pictures that it reads. */
  ImageShape images() {
    return config.images().orElseThrow();
  }

  /** What is said of sizes must be what the teacher has. */
  void requireFitting(AskedSight asked) {
    List<String> problems = new ArrayList<>();
    compare(problems, "image-side", asked.side(), images().side());
    compare(problems, "image-patch", asked.patch(), images().patch());
    compare(problems, "image-width", asked.width(), config.hiddenSize());
    if (!problems.isEmpty()) {
      throw new UserInputException(String.join("; ", problems));
    }
  }

  private void compare(List<String> problems, String key, OptionalInt asked, int own) {
    if (asked.isPresent() && asked.getAsInt() != own) {
      problems.add(
          ("adapter.%s is %s, and the teacher \"%s\" has %s (patches are compared one by one); leave"
                  + " the key out, or name another teacher")
              .formatted(key, asked.getAsInt(), name, own));
    }
  }
}
