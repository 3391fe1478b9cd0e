package dev.rankwise.models.source;

import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.SafetensorsIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which files of a folder are a base, in Hugging Face's form: {@code config.json}; {@code
 * model.safetensors}, or where that is missing {@code model.safetensors.index.json} and the shards
 * that it names; and {@code tokenizer.json}.
 */
public final class BaseFiles {
  static final String CONFIG = "config.json";
  static final String WEIGHTS = "model.safetensors";
  static final String INDEX = "model.safetensors.index.json";
  static final String TOKENIZER = "tokenizer.json";

  /**
   * What lies beside these and belongs to the tokenizer, or says how pictures are prepared; copied
   * along, and no part of the hash.
   */
  static final List<String> BESIDE =
      List.of(
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "vocab.txt",
          "merges.txt",
          "tokenizer.model",
          "chat_template.jinja",
          "generation_config.json",
          "preprocessor_config.json");

  private BaseFiles() {}

  /** The weights of the base in a folder: one file, or the index of several; empty without any. */
  public static Optional<Path> weights(Path folder) {
    return List.of(WEIGHTS, INDEX).stream()
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /** Whether a folder holds a base: its configuration and weights. */
  public static boolean isBase(Path folder) {
    return Files.isRegularFile(folder.resolve(CONFIG)) && weights(folder).isPresent();
  }

  /** Copies the tokenizer of a base, and what lies beside it, into another folder. */
  public static void copyTokenizer(Path folder, Path target) {
    List<String> names = new ArrayList<>(BESIDE);
    names.add(TOKENIZER);
    for (String name : names) {
      try {
        if (Files.isRegularFile(folder.resolve(name))) {
          Files.copy(folder.resolve(name), target.resolve(name));
        }
      } catch (IOException e) {
        throw FileFailure.writing(target.resolve(name), e);
      }
    }
  }

  /** The files that the base in a folder must have, whether they are there or not. */
  public static List<String> required(Path folder) {
    List<String> names = new ArrayList<>(List.of(CONFIG));
    Optional<Path> index = weights(folder).filter(SafetensorsIndex::isIndex);
    if (index.isPresent()) {
      names.add(INDEX);
      names.addAll(SafetensorsIndex.read(index.get()).shards());
    } else {
      names.add(WEIGHTS);
    }
    return names;
  }
}
