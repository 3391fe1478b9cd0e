package dev.rankwise.jobs.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TestRedaction {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "spark.hadoop.fs.s3a.secret.key",
        "spark.hadoop.fs.s3a.access.key",
        "spark.ssl.keyStorePassword",
        "spark.hadoop.fs.azure.account.key.store",
        "my.api_key",
        "HF_TOKEN",
        "db.passwd",
        "spark.hadoop.fs.s3a.encryption.key",
        "spark.hadoop.fs.s3a.bucket.b.server-side-encryption.key",
        "spark.hadoop.fs.s3a.session.key",
        "spark.hadoop.ssl.server.keystore.pass",
        "spark.executorEnv.DB_PASS",
        "spark.executorEnv.PGPASSPHRASE",
        "proxy.authorization",
        "spark.hadoop.fs.azure.sas.container.account",
        "GITHUB_PAT",
        "some.credentials"
      })
  void namesOfSecretsAreRecognised(String name) {
    assertThat(Redaction.isSecret(name)).isTrue();
    assertThat(Redaction.of(name, "x")).isEqualTo("(redacted)");
    for (String assigned : List.of("=", " = ", ": ", "=Basic ", ": Bearer ")) {
      assertThat(Redaction.withoutSecrets("a " + name + assigned + "canary b"))
          .isEqualTo("a " + name + assigned + "(redacted) b");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data.max-tokens",
        "train.micro-batch-tokens",
        "data.key-column",
        "spark.executor.memory",
        "spark.io.encryption.keySizeBits",
        "spark.shuffle.sort.bypassMergeThreshold",
        "a.bypass",
        "tokenizer"
      })
  void otherNamesAreNot(String name) {
    assertThat(Redaction.isSecret(name)).isFalse();
    assertThat(Redaction.of(name, "x")).isEqualTo("x");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          s3a://id:key@bucket/a       | s3a://bucket/a
          jdbc:db://h/x?password=p&a=b | jdbc:db://h/x?password=(redacted)&a=b
          password = "p q", x         | password = (redacted), x
          "apiKey": 'p q'             | "apiKey": (redacted)
          fs.s3a.secret.key=p         | fs.s3a.secret.key=(redacted)
          keystore.pass=p              | keystore.pass=(redacted)
          fs.s3a.encryption.key=p      | fs.s3a.encryption.key=(redacted)
          bypass: 5                    | bypass: 5
          Second pass: 3 rows          | Second pass: 3 rows
          compass: north, sas: airport | compass: north, sas: airport
          Authorization: Digest p      | Authorization: Digest (redacted)
          https://h/a?Signature=p      | https://h/a?Signature=(redacted)
          https://h/a?sig=p&b=c        | https://h/a?sig=(redacted)&b=c
          s3?X-Amz-Signature=p x       | s3?X-Amz-Signature=(redacted) x
          pattern: 5                   | pattern: 5
          max-tokens: 5                | max-tokens: 5
          x hf_abcdefgh12 y           | x (redacted) y
          AKIAABCDEFGHIJKLMNOP        | (redacted)
          me@example.org              | me@example.org
          SELECT secret FROM t        | SELECT secret FROM t
          """)
  void secretsInTextsAreCutOut(String text, String clean) {
    assertThat(Redaction.withoutSecrets(text)).isEqualTo(clean);
  }

  @Test
  @Timeout(20)
  void textThatRepeatsANameIsReadOnce() {
    String text = "token".repeat(20_000);
    assertThat(Redaction.withoutSecrets(text)).isEqualTo(text);
  }

  @Test
  void whatIsShownIsShortAndHarmless() {
    assertThat(Redaction.shown("a\u001b[0m\nb\u202ec")).isEqualTo("a?[0m?b?c");
    assertThat(Redaction.shown("a\u009b31mb\u0085")).isEqualTo("a?31mb?");
    assertThat(Redaction.shown("x".repeat(80))).hasSize(80);
    assertThat(Redaction.shown("😀".repeat(2000))).isEqualTo("😀".repeat(80) + "…");
  }
}
