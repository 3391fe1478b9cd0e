package dev.rankwise.jobs.conf;

import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.chat.TrainOn;
import dev.rankwise.datasets.example.TurnColumns;
import dev.rankwise.datasets.image.PicturePreparation;
import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.datasets.pack.Packing;
import dev.rankwise.datasets.pack.Truncation;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.failure.UserInputException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Whether rows are labelled, or else how they become sequences of a causal language model. Driver
 * only.
 *
 * @param rowFormat {@link #LABELLED}, {@link #AUTO} or the name of a form of rows
 * @param columns columns that are called otherwise, by the form's own name
 * @param chatFormat {@link #TEMPLATE}, the name of a chat format, or empty for the usual one
 * @param trainOn which turns the loss is taken on
 * @param truncation what becomes of a longer text
 * @param packing whether texts share sequences
 */
public record SequenceSection(
    String rowFormat,
    Map<String, String> columns,
    String chatFormat,
    TrainOn trainOn,
    Truncation truncation,
    Packing packing) {
  /** A row is a text with a label. */
  public static final String LABELLED = "labelled";

  /** Labelled where the base is no decoder; else the form of the rows is told by their columns. */
  public static final String AUTO = "auto";

  /** Conversations are written by the base's own template. */
  public static final String TEMPLATE = "template";

  public SequenceSection {
    columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
  }

  static SequenceSection of(RecipeValues values) {
    return new SequenceSection(
        values.text("data.row-format"),
        values.textsByName("data.columns"),
        values.text("data.chat-format"),
        values.constant(TrainOn.class, "data.train-on"),
        values.constant(Truncation.class, "data.truncation"),
        values.constant(Packing.class, "data.packing"));
  }

  /** The same for rows of another form. */
  SequenceSection withRows(String otherFormat, Map<String, String> otherColumns) {
    return new SequenceSection(otherFormat, otherColumns, chatFormat, trainOn, truncation, packing);
  }

  /** The form of the rows, where the recipe names it. */
  public Optional<RowForm> form() {
    return RowForm.named(rowFormat);
  }

  /**
   * The known format that conversations are written in: the one that the recipe names, else the
   * usual one of the form; empty where the base's own template writes them.
   */
  public Optional<ChatFormat> format(RowForm form) {
    return chatFormat.isEmpty()
        ? form.usualFormat()
        : Optional.of(chatFormat).filter(it -> !it.equals(TEMPLATE)).map(ChatFormat::named);
  }

  /** Fails if a column is named that the rows' form does not have. */
  void requireColumns(String key, String image) {
    form().ifPresent(form -> new TurnColumns(form, columns, key, image));
    if (rowFormat.equals(LABELLED) && !columns.isEmpty()) {
      throw new UserInputException(
          "Invalid data.columns: labelled rows have data.text-column and data.label-column; set"
              + " these, or name another data.row-format");
    }
  }

  /** What the rows become for a base of a configuration. */
  public ExampleKind kind(ModelConfig base) {
    boolean decoder = base.task() == ModelTask.CAUSAL_LANGUAGE_MODEL;
    boolean labelled = rowFormat.equals(LABELLED) || (rowFormat.equals(AUTO) && !decoder);
    return labelled ? ExampleKind.LABELLED : ExampleKind.SEQUENCES;
  }

  /**
   * Pictures of rows.
   *
   * @param column the column that holds them; empty where rows have none
   * @param squaring how one that is not square becomes so; empty for what is usual with the base
   */
  public record PictureRows(String column, Optional<Squaring> squaring) {
    /** The keys of a recipe that say it. */
    static List<RecipeKey> keys() {
      return List.of(
          RecipeKey.of(
                  "data.image-column",
                  KeyType.text(),
                  "the column with a row's picture, or a list of them: a PNG, JPEG or WebP file as bytes,"
                      + " or its path; of labelled rows it is what is classified, in a text `<image>`"
                      + " marks its place; see [data](data.md#pictures)")
              .otherwise("none"),
          RecipeKey.of(
                  "data.image-squaring",
                  KeyType.choice(Words.all(List.of(Squaring.values()))),
                  "how a picture becomes square: put in the middle of a black square, or stretched")
              .otherwise(
                  "`padded` for a decoder, `stretched` for a base that reads pictures alone"));
    }

    /** Fails where labelled rows hold pictures and the base reads texts, or the reverse. */
    void requireLabelled(boolean ofPictures) {
      if (ofPictures == column.isEmpty()) {
        throw new UserInputException(
            ofPictures
                ? "Cannot read labelled texts: the base reads pictures; name their column in"
                    + " data.image-column"
                : "Cannot read data.image-column: the base reads texts; leave it out, or name a base"
                    + " that reads pictures");
      }
    }

    static PictureRows of(RecipeValues values) {
      String key = "data.image-squaring";
      return new PictureRows(
          values.text("data.image-column"),
          values.has(key) ? Optional.of(values.constant(Squaring.class, key)) : Optional.empty());
    }

    /**
     * How pictures become tokens.
     *
     * @param preparation of the base or its teacher
     * @param images how the base cuts them
     * @param placeholder the id at a patch among a decoder's tokens; empty of a base of pictures
     */
    public PictureForm form(
        PicturePreparation preparation, ImageShape images, OptionalInt placeholder) {
      Squaring usual = placeholder.isPresent() ? Squaring.PADDED : Squaring.STRETCHED;
      return new PictureForm(
          preparation.with(squaring.orElse(usual)), images.patch(), placeholder.orElse(0));
    }
  }
}
