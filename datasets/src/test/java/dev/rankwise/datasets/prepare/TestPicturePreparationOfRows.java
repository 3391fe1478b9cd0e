package dev.rankwise.datasets.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.FormatRenderer;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.chat.TextMarks;
import dev.rankwise.datasets.chat.TrainOn;
import dev.rankwise.datasets.example.Example;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.example.TurnColumns;
import dev.rankwise.datasets.image.ImageLimits;
import dev.rankwise.datasets.image.PicturePreparation;
import dev.rankwise.datasets.image.PicturePreparation.Filter;
import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.datasets.pack.Packing;
import dev.rankwise.datasets.pack.Sequence;
import dev.rankwise.datasets.pack.SequencePicture;
import dev.rankwise.datasets.pack.Truncation;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.source.BaseReference;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows with pictures, from their files to prepared data and back. */
@Tag("spark")
class TestPicturePreparationOfRows {
  private static final SparkSession SPARK = LocalSpark.session();
  private static final int SIDE = 4;
  private static final int PATCHES = 4;
  private static final int PLACEHOLDER = -200;
  private static final List<Double> HALVES = Collections.nCopies(3, 0.5);
  private static final PictureForm FORM =
      new PictureForm(
          new PicturePreparation(
              SIDE,
              Squaring.PADDED,
              Filter.BILINEAR,
              HALVES,
              HALVES,
              new ImageLimits(1 << 16, 1 << 12)),
          2,
          PLACEHOLDER);

  @TempDir private Path folder;

  private static byte[] png(int width, int height, int rgb) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < width * height; i++) {
      image.setRGB(i % width, i / width, rgb);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] colours(int rgb) {
    byte[] colours = new byte[SIDE * SIDE * 3];
    for (int i = 0; i < colours.length; i++) {
      colours[i] = (byte) (rgb >> (8 * (2 - i % 3)));
    }
    return colours;
  }

  private static SequenceSettings settings(int maximum, Truncation truncation, Packing packing) {
    return new SequenceSettings(
        new TurnColumns(RowForm.PROMPT_COMPLETION, Map.of(), "id", "image"),
        SplitRule.trainOnly(),
        maximum,
        RowLimits.defaults(),
        new FormatRenderer(ChatFormat.PLAIN, new TextMarks("", " w2", "")),
        TrainOn.ASSISTANT,
        truncation,
        packing,
        List.of(),
        Optional.of(FORM),
        "");
  }

  private static SequenceSettings usual() {
    return settings(64, Truncation.RIGHT, Packing.NONE);
  }

  private PreparedData prepare(RowSource source, PreparationTask task) {
    return new DataPreparation(source, task, new WordTokenizer.Source())
        .prepare(SPARK, folder.resolve("data").toString());
  }

  private static RowSource bytes(Object... values) {
    StructType schema =
        new StructType()
            .add("id", DataTypes.StringType)
            .add("prompt", DataTypes.StringType)
            .add("completion", DataTypes.StringType)
            .add("image", DataTypes.BinaryType);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < values.length; i += 2) {
      rows.add(RowFactory.create("r" + i / 2, values[i], " the answer", values[i + 1]));
    }
    return RowSources.of(SPARK.createDataFrame(rows, schema), "rows");
  }

  private static List<Sequence> sequences(PreparedData data) {
    return data.previewSequences(SPARK, Split.TRAIN, 100);
  }

  private static Sequence only(PreparedData data) {
    assertThat(sequences(data)).hasSize(1);
    return sequences(data).get(0);
  }

  private static List<RejectionReason> reasons(PreparedData data) {
    return List.copyOf(data.manifest().funnel().rejected().keySet());
  }

  @Test
  void aPictureStandsWhereItIsMarked() {
    PreparedData data = prepare(bytes("what is <image> here", png(9, 9, 0x102030)), usual());

    Sequence sequence = only(data);
    // Two words, four patches, then "here", the answer's two words and the end.
    assertThat(sequence.length()).isEqualTo(2 + PATCHES + 1 + 3);
    int[] ids = sequence.ids();
    assertThat(Arrays.copyOfRange(ids, 2, 2 + PATCHES)).containsOnly(PLACEHOLDER);
    assertThat(ids[1]).isPositive();
    assertThat(ids[2 + PATCHES]).isPositive();
    assertThat(sequence.pictures()).containsExactly(new SequencePicture(2, colours(0x102030)));
    assertThat(sequence.targets()).isEqualTo(3);
  }

  @Test
  void anUnmarkedPictureComesFirst() {
    Sequence sequence = only(prepare(bytes("what is it", png(4, 4, 0xFFFFFF)), usual()));

    assertThat(sequence.pictures()).extracting(SequencePicture::first).containsExactly(0);
    assertThat(sequence.ids()[PATCHES]).isPositive();
  }

  @Test
  void aRowWithoutAPictureIsText() {
    PreparedData data =
        prepare(bytes("one two", null, "one two", new byte[0], "see", png(4, 4, 1)), usual());

    assertThat(sequences(data)).hasSize(3);
    assertThat(sequences(data).stream().filter(it -> it.pictures().isEmpty())).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({"a <image>,0", "a <image> <image>,1", "<image> <image> <image>,1"})
  void marksWithoutPicturesAreCounted(String prompt, int pictures) {
    PreparedData data =
        prepare(bytes("fine", png(4, 4, 0), prompt, pictures == 0 ? null : png(4, 4, 0)), usual());

    assertThat(reasons(data)).containsExactly(RejectionReason.PICTURE_COUNT);
    assertThat(data.manifest().funnel().train()).isEqualTo(1);
  }

  @Test
  void badFilesAreCountedByWhatIsWrong() {
    byte[] whole = png(40, 30, 0x445566);
    byte[] cut = Arrays.copyOf(whole, whole.length - 20);
    byte[] damaged = whole.clone();
    damaged[20] ^= 1;

    PreparedData data =
        prepare(
            bytes(
                "fine", whole,
                "cut", cut,
                "damaged", damaged,
                "none", new byte[] {(byte) 0x89, 'P', 'N', 'G', 1, 2, 3},
                "bomb", bomb(),
                "gone", "no/such/file.png".getBytes(StandardCharsets.UTF_8),
                "web", "http://localhost/a.png".getBytes(StandardCharsets.UTF_8),
                "junk", new byte[] {(byte) 0xFE, 0, 1},
                "list", "[1, 2]".getBytes(StandardCharsets.UTF_8),
                "open", "[".getBytes(StandardCharsets.UTF_8),
                "data", "data:image/png,xx".getBytes(StandardCharsets.UTF_8)),
            usual());

    assertThat(data.manifest().funnel().train()).isEqualTo(1);
    assertThat(data.manifest().funnel().rejected())
        .containsEntry(RejectionReason.PICTURE_TOO_LARGE, 1L)
        .containsEntry(RejectionReason.PICTURE_UNREADABLE, 2L)
        .containsEntry(RejectionReason.MALFORMED_PICTURES, 3L);
    assertThat(reasons(data))
        .contains(
            RejectionReason.PICTURE_TRUNCATED,
            RejectionReason.PICTURE_DAMAGED,
            RejectionReason.PICTURE_OF_UNKNOWN_FORMAT);
    assertThat(
            SPARK
                .read()
                .parquet(folder.resolve("data/rejections").toString())
                .filter("row_id = 'r4' and reason = 'PICTURE_TOO_LARGE'")
                .count())
        .isEqualTo(1);
  }

  /** A small file that claims 60,000 by 60,000 pixels. */
  private static byte[] bomb() {
    byte[] file = png(4, 4, 0);
    ByteBuffer header = ByteBuffer.wrap(file);
    header.putInt(16, 60_000).putInt(20, 60_000);
    CRC32 sum = new CRC32();
    sum.update(file, 12, 17);
    header.putInt(29, (int) sum.getValue());
    return file;
  }

  @Test
  void pathsStartFromTheFolderOfTheRows() throws IOException {
    Path rows = Files.createDirectories(folder.resolve("rows/pictures")).getParent();
    Files.write(rows.resolve("pictures/a.png"), png(4, 4, 0x010203));
    Path other = rows.resolve("b.png");
    Files.write(other, png(4, 4, 0x040506));
    String base64 = Base64.getEncoder().encodeToString(png(4, 4, 0x070809));
    Files.writeString(
        rows.resolve("rows.jsonl"),
        """
        {"id": "1", "prompt": "see", "completion": " it", "image": "pictures/a.png"}
        {"id": "2", "prompt": "see", "completion": " it", "image": "%s"}
        {"id": "3", "prompt": "<image> or <image> or <image>", "completion": " it", "image": ["pictures/a.png", "file://%s", "data:image/png;base64,%s"]}
        {"id": "4", "prompt": "see", "completion": " it", "image": {"bytes": "%s", "path": "x"}}
        """
            .formatted(other, other, base64, base64));

    PreparedData data = prepare(RowSources.at(rows.resolve("*.jsonl").toString()), usual());

    assertThat(data.manifest().funnel().rejected()).isEmpty();
    Map<String, List<byte[]>> byRow = new TreeMap<>();
    for (Sequence sequence : sequences(data)) {
      byRow.put(
          sequence.rowIds().get(0),
          sequence.pictures().stream().map(SequencePicture::colours).toList());
    }
    assertThat(byRow.get("1")).containsExactly(colours(0x010203));
    assertThat(byRow.get("2")).containsExactly(colours(0x040506));
    assertThat(byRow.get("3"))
        .containsExactly(colours(0x010203), colours(0x040506), colours(0x070809));
    assertThat(byRow.get("4")).containsExactly(colours(0x070809));
  }

  private static String row(int id, String path) {
    return "{\"id\": \"%s\", \"prompt\": \"see\", \"completion\": \" it\", \"image\": \"%s\"}"
        .formatted(id, path);
  }

  /** A path says nothing of what lies there; drawn icons never change. */
  @Test
  void rowsWithPicturesArePreparedAnew() throws IOException {
    Path rows = Files.createDirectories(folder.resolve("rows"));
    Files.write(rows.resolve("a.png"), png(4, 4, 1));
    Files.writeString(rows.resolve("rows.jsonl"), row(1, "a.png") + "\n");
    RowSource source = RowSources.at(rows.resolve("rows.jsonl").toString());
    PreparedData first = prepare(source, usual());

    Files.write(rows.resolve("a.png"), png(4, 4, 2));

    assertThat(first.manifest().freshness()).isEmpty();
    assertThat(prepare(source, usual()).manifest().contentSha256())
        .isNotEqualTo(first.manifest().contentSha256());
  }

  @Test
  void aColumnMayHoldListsOfFiles() {
    StructType schema =
        new StructType()
            .add("id", DataTypes.StringType)
            .add("prompt", DataTypes.StringType)
            .add("completion", DataTypes.StringType)
            .add("image", DataTypes.createArrayType(DataTypes.BinaryType));
    List<Row> rows =
        List.of(
            RowFactory.create(
                "1", "two", " it", new byte[][] {png(4, 4, 0x0000AA), png(4, 4, 0x00BB00)}));

    Sequence sequence =
        only(prepare(RowSources.of(SPARK.createDataFrame(rows, schema), "rows"), usual()));

    assertThat(sequence.pictures())
        .containsExactly(
            new SequencePicture(0, colours(0x0000AA)),
            new SequencePicture(PATCHES, colours(0x00BB00)));
  }

  @ParameterizedTest
  @CsvSource({
    // Ten tokens: two words, four patches, a word, and three that are trained on.
    "RIGHT, 9, true",
    "RIGHT, 5, false",
    "LEFT, 8, true",
    "LEFT, 7, false",
    "SPLIT, 6, true",
    "SPLIT, 5, false"
  })
  void aPictureIsNeverCut(Truncation truncation, int maximum, boolean used) {
    PreparedData data =
        prepare(
            bytes("what is <image> here", png(4, 4, 7), "fine", null),
            settings(maximum, truncation, Packing.NONE));

    assertThat(reasons(data)).isEqualTo(used ? List.of() : List.of(RejectionReason.PICTURE_CUT));
    assertThat(sequences(data))
        .allSatisfy(
            sequence ->
                assertThat(Arrays.stream(sequence.ids()).filter(id -> id == PLACEHOLDER).count())
                    .isEqualTo((long) PATCHES * sequence.pictures().size()));
  }

  @Test
  void picturesAreFoundInPackedSequences() {
    Object[] values = new Object[40];
    for (int i = 0; i < 20; i++) {
      values[2 * i] = "see " + "more ".repeat(i % 3) + "<image>";
      values[2 * i + 1] = png(4, 4, i);
    }

    PreparedData data = prepare(bytes(values), settings(32, Truncation.RIGHT, Packing.BEST_FIT));

    assertThat(sequences(data)).hasSizeLessThan(12);
    for (Sequence sequence : sequences(data)) {
      assertThat(sequence.pictures()).hasSameSizeAs(sequence.rowIds());
      for (int text = 0; text < sequence.rowIds().size(); text++) {
        SequencePicture picture = sequence.pictures().get(text);
        int row = Integer.parseInt(sequence.rowIds().get(text).substring(1));
        assertThat(picture.colours()).isEqualTo(colours(row));
        assertThat(picture.first()).isEqualTo(sequence.starts()[text] + 1 + row % 3);
        assertThat(sequence.ids()[picture.first()]).isEqualTo(PLACEHOLDER);
      }
    }
  }

  @Test
  void theHashTellsPicturesAndNotTheirFiles() throws IOException {
    String first = prepare(bytes("see", png(4, 4, 1)), usual()).manifest().contentSha256();
    String other = prepare(bytes("see", png(4, 4, 2)), usual()).manifest().contentSha256();
    Path file = Files.write(folder.resolve("one.png"), png(4, 4, 1));
    String byPath =
        prepare(bytes("see", file.toString().getBytes(StandardCharsets.UTF_8)), usual())
            .manifest()
            .contentSha256();

    assertThat(other).isNotEqualTo(first);
    assertThat(byPath).isEqualTo(first);
  }

  @Test
  void settingsNameWhatShapesThePictures() {
    assertThat(usual().described())
        .containsEntry("image-column", "image")
        .containsEntry("image-side", "4")
        .containsEntry("image-patch", "2")
        .containsEntry("image-squaring", "padded");
  }

  @Test
  void filesWithoutPicturesHaveNoColumnForThem() {
    RowSource source = bytes("one two", null);
    SequenceSettings texts =
        new SequenceSettings(
            new TurnColumns(RowForm.PROMPT_COMPLETION, Map.of(), "id"),
            SplitRule.trainOnly(),
            64,
            RowLimits.defaults(),
            new FormatRenderer(ChatFormat.PLAIN, new TextMarks("", " w2", "")),
            TrainOn.ASSISTANT,
            Truncation.RIGHT,
            Packing.NONE);

    PreparedData data = prepare(source, texts);

    String train = folder.resolve("data/train").toString();
    assertThat(SPARK.read().parquet(train).columns()).doesNotContain("pictures");
    assertThat(texts.described()).doesNotContainKey("image-side");
    assertThat(only(data).pictures()).isEmpty();
    prepare(bytes("see", png(4, 4, 1)), usual());
    Dataset<Row> pictured = SPARK.read().parquet(train);
    assertThat(pictured.schema().apply("pictures").dataType().simpleString())
        .isEqualTo("array<struct<first:int,colours:binary>>");
  }

  @Test
  void aPictureMustFitASequenceAndABaseMustSee() {
    assertThatThrownBy(() -> settings(PATCHES, Truncation.RIGHT, Packing.NONE))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("must be more than the 4 patches of a picture");
    assertThatThrownBy(
            () ->
                new SequenceSettings(
                    new TurnColumns(RowForm.TEXT, Map.of(), "", "image"),
                    SplitRule.trainOnly(),
                    64,
                    RowLimits.defaults(),
                    new FormatRenderer(ChatFormat.PLAIN, new TextMarks("", " w2", "")),
                    TrainOn.ASSISTANT,
                    Truncation.RIGHT,
                    Packing.NONE))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Cannot read data.image-column: the base does not see");
    assertThatThrownBy(() -> new PictureForm(FORM.preparation(), 3, PLACEHOLDER))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("3 pixels of a side of 4");
  }

  @Test
  void labelledPicturesBecomeExamplesOfPatches() {
    StructType schema =
        new StructType()
            .add("id", DataTypes.StringType)
            .add("label", DataTypes.StringType)
            .add("image", DataTypes.BinaryType);
    List<Row> rows =
        List.of(
            RowFactory.create("1", "red", png(4, 4, 0xFF0000)),
            RowFactory.create("2", "blue", png(4, 8, 0x0000FF)),
            RowFactory.create("3", "blue", null),
            RowFactory.create("4", "blue", new byte[] {(byte) 0x89, 'P', 'N', 'G'}),
            RowFactory.create("5", null, png(4, 4, 0)));
    PictureForm form = new PictureForm(FORM.preparation().with(Squaring.STRETCHED), 2, 0);
    PreparationSettings settings =
        PreparationSettings.of(
                LabelledColumns.of("image", "label").keyedBy("id"), SplitRule.trainOnly())
            .withPictures(form);

    PreparedData data =
        new DataPreparation(
                RowSources.of(SPARK.createDataFrame(rows, schema), "rows"),
                settings,
                new PictureBaseSource(new BaseReference("vit", "2".repeat(64))))
            .prepare(SPARK, folder.resolve("data").toString());

    assertThat(data.manifest().labels()).containsExactly("blue", "red");
    assertThat(data.manifest().maximumTokens()).isEqualTo(1 + PATCHES);
    assertThat(data.manifest().settings()).containsEntry("image-column", "image");
    assertThat(data.manifest().funnel().rejected())
        .containsEntry(RejectionReason.MISSING_PICTURE, 1L)
        .containsEntry(RejectionReason.PICTURE_OF_UNKNOWN_FORMAT, 1L)
        .containsEntry(RejectionReason.MISSING_LABEL, 1L);
    for (Example example : data.preview(SPARK, Split.TRAIN, 10)) {
      boolean red = example.rowId().equals("1");
      assertThat(example.ids()).hasSize(1 + PATCHES).containsOnly(0);
      assertThat(example.label()).isEqualTo(red ? 1 : 0);
      assertThat(example.pictures())
          .containsExactly(new SequencePicture(0, colours(red ? 0xFF0000 : 0x0000FF)));
    }
  }

  @Test
  void iconsBecomeSequences() {
    PreparedData data = prepare(RowSources.at("icons:names?icons=5&renderings=4&side=8"), usual());

    assertThat(data.manifest().funnel().train()).isEqualTo(20);
    assertThat(data.manifest().train().targets()).isPositive();
    assertThat(sequences(data)).allSatisfy(it -> assertThat(it.pictures()).hasSize(1));
  }
}
