package dev.rankwise.jobs.foreign;

import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.datasets.image.ImageLimits;
import dev.rankwise.datasets.image.PicturePreparation;
import dev.rankwise.datasets.image.PicturePreparation.Filter;
import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.datasets.image.ProcessorConfig;
import dev.rankwise.datasets.prompt.BaseChat;
import dev.rankwise.jobs.inspect.Inspection;
import dev.rankwise.jobs.stored.PictureFiles;
import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.SpecialTokens;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A file, or a folder of them, that breaks one rule.
 *
 * @param rule names the rule, in words joined by hyphens
 * @param kind what it is given out to be
 * @param maker writes it
 */
record ForeignFile(String rule, Kind kind, Maker maker) {

  /** Writes into an empty folder. */
  @FunctionalInterface
  interface Maker {
    void make(Path folder) throws IOException;
  }

  /** What a file is given out to be, and the door by which we read such files. */
  enum Kind {
    /** {@code x.safetensors}, or an index of shards. */
    SAFETENSORS {
      @Override
      void read(Path folder) {
        Path index = folder.resolve("model.safetensors.index.json");
        Path file = Files.exists(index) ? index : folder.resolve("x.safetensors");
        try (SafetensorsFile opened = SafetensorsFile.open(file)) {
          opened.tensors().keySet().forEach(opened::bytes);
        }
      }
    },
    /** A base's {@code config.json}, with its weights beside it. */
    CONFIG {
      @Override
      void read(Path folder) {
        Inspection.of(folder);
      }
    },
    /** {@code tokenizer.json}. */
    TOKENIZER {
      @Override
      void read(Path folder) {
        try (HuggingFaceTokenizer tokenizer =
            HuggingFaceTokenizer.open(folder.resolve("tokenizer.json"))) {
          int[] ids = tokenizer.encode("a b zz", SpecialTokens.INCLUDED).ids();
          tokenizer.decode(ids, SpecialTokens.LEFT_OUT);
        }
      }
    },
    /** A base's chat template, in {@code tokenizer_config.json} or a file of its own. */
    TEMPLATE {
      @Override
      void read(Path folder) {
        try (HuggingFaceTokenizer tokenizer =
            HuggingFaceTokenizer.open(folder.resolve("tokenizer.json"))) {
          new BaseChat(folder, tokenizer).template();
        }
      }
    },
    /** {@code preprocessor_config.json}. */
    PROCESSOR {
      @Override
      void read(Path folder) {
        ProcessorConfig.read(folder, new ImageShape(16, 4, 3));
      }
    },
    /** A picture, as a base of its own reads it, of at most a million pixels. */
    PICTURE {
      @Override
      void read(Path folder) {
        ImageLimits limits = new ImageLimits(1 << 20, 1 << 20);
        List<Double> none = List.of(0.0, 0.0, 0.0);
        List<Double> one = List.of(1.0, 1.0, 1.0);
        PicturePreparation preparation =
            new PicturePreparation(16, Squaring.PADDED, Filter.BICUBIC, none, one, limits);
        new PictureFiles(List.of(folder.resolve(PICTURE_FILE)), Squaring.PADDED).read(preparation);
      }
    },
    /** An adapter in PEFT's form, for the golden BERT classifier. */
    ADAPTER {
      @Override
      void read(Path folder) {
        ModelConfig base = ModelConfig.read(golden("models/bert/config.json"));
        PeftDirectory.read(folder, base, "0".repeat(64));
      }
    };

    /** What a picture is called here, whatever its format. */
    static final String PICTURE_FILE = "picture";

    /** Reads what lies in the folder as a command would. */
    abstract void read(Path folder);
  }

  static ForeignFile of(String rule, Kind kind, String name, String content) {
    return of(rule, kind, name, content.getBytes(StandardCharsets.UTF_8));
  }

  static ForeignFile of(String rule, Kind kind, String name, byte[] content) {
    return new ForeignFile(rule, kind, folder -> Files.write(folder.resolve(name), content));
  }

  /** A file of the golden cases of any module. */
  static Path golden(String name) {
    try {
      return Path.of(ForeignFile.class.getResource("/golden/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Its name: kind and rule. */
  String name() {
    return kind.name().toLowerCase(java.util.Locale.ROOT) + "/" + rule;
  }
}
