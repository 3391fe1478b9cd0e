package dev.rankwise.datasets.clean.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers of cards, accounts and keys are those that issuers publish as examples. */
final class TestPersonalData {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "EMAIL|write to jane.doe+news@example.co.uk.|write to <EMAIL>.",
        "EMAIL|from:-jane@example.org and ..x@y.de|from:-<EMAIL> and ..<EMAIL>",
        "EMAIL|<a@b.de>, müller@straße.de|<<EMAIL>>, <EMAIL>",
        "PHONE|call +49 30 901820 now|call <PHONE> now",
        "PHONE|call 0049 (0)30 901820 now|call <PHONE> now",
        "PHONE|+1-202-555-0143 or (202) 555-0143|<PHONE> or <PHONE>",
        "PHONE|tel. 202.555.0143|tel. <PHONE>",
        "PHONE|030 12345678, 0171/1234567|<PHONE>, <PHONE>",
        "CARD|card 4111 1111 1111 1111 12/26|card <CARD> 12/26",
        "CARD|5500-0000-0000-0004 and 340000000000009|<CARD> and <CARD>",
        "CARD|4111111111111111 2026|<CARD> 2026",
        "IBAN|to DE89 3704 0044 0532 0130 00 AND more|to <IBAN> AND more",
        "IBAN|GB82WEST12345698765432.|<IBAN>.",
        "IP|from 8.8.8.8, 2001:4860:4860::8888|from <IP>, <IP>",
        "IP|2001:4860:85a3:0000:0000:8a2e:0370:7334|<IP>",
        "SECRET|key AKIAIOSFODNN7EXAMPLE!|key <SECRET>!",
        "SECRET|postgres://admin:hunter2secret@db/x|postgres://<SECRET>@db/x",
        "SECRET|api_key = \"9f8A7b6C5d4E3f2A1b0C\"|api_key = \"<SECRET>\"",
        "SECRET|ghp_16C7e42F292c6912E7710c838347Ae178B4a x|<SECRET> x",
      })
  void isMasked(PersonalData kind, String text, String masked) {
    assertThat(kind.masked(text)).isEqualTo(masked);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "EMAIL|at 5@home, a@b, @name and x@y.",
        "PHONE|in 2024 and 1234567890, order 100-200-300",
        "PHONE|on 01.02.2024 or 2024-01-02 10:30:00, pi 3.14159265",
        "PHONE|version 10.20.30.40, ISBN 978-3-16-148410-0",
        "CARD|4111 1111 1111 1112 and 1234567890123456",
        "CARD|9111111111111111111 and 0000000000000000",
        "IBAN|DE89 3704 0044 0532 0130 01, XX89370400440532013000",
        "IBAN|DE8937040044053201300",
        "IP|127.0.0.1 10.1.2.3 192.168.0.1 172.20.0.1 169.254.1.1 100.64.0.1 224.0.0.1 0.0.0.0",
        "IP|192.0.2.1 198.51.100.7 203.0.113.9 198.18.0.1 192.0.0.8 2001:db8::1 2001:0db8:8::1",
        "IP|256.1.1.1, 1.2.3, 1.2.3.4.5, 01.2.3.4",
        "IP|at 12:30:45, ::1, fe80::1, 1::2::3, 2001:db8",
        "SECRET|password: correcthorsebattery, secret = aaaaaaaaaaaa1",
        "SECRET|https://example.com/a:b@c and AKIASHORT",
      })
  void stays(PersonalData kind, String text) {
    assertThat(kind.masked(text)).isEqualTo(text);
  }

  @Test
  void aPrivateKeyIsMaskedWhole() {
    String key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow+/=\nabc\n-----END RSA PRIVATE KEY-----";
    assertThat(PersonalData.SECRET.masked("see " + key + " there")).isEqualTo("see <SECRET> there");
  }

  @Test
  void onlyACardWithItsLastDigitRightIsOne() {
    for (int last = 0; last <= 9; last++) {
      boolean right = last == 1;
      assertThat(CheckDigits.isCard("411111111111111" + last)).as("%s", last).isEqualTo(right);
    }
    assertThat(CheckDigits.isCard("411111111111")).as("12 digits").isFalse();
  }

  /** MOD 97-10 finds each wrong digit and each swap of two neighbours. */
  @Test
  void everyWrongDigitOfAnIbanIsFound() {
    String iban = "DE89370400440532013000";
    assertThat(CheckDigits.isIban(iban)).isTrue();
    for (int i = 2; i < iban.length(); i++) {
      char digit = (char) ('0' + (iban.charAt(i) - '0' + 1) % 10);
      String wrong = iban.substring(0, i) + digit + iban.substring(i + 1);
      assertThat(CheckDigits.isIban(wrong)).as(wrong).isFalse();
    }
    assertThat(CheckDigits.isIban("DE89370400440532031000")).as("two swapped").isFalse();
  }

  /** What a kind has masked is no find of any kind: masks may be masked again. */
  @ParameterizedTest
  @EnumSource(PersonalData.class)
  void masksHoldNothing(PersonalData kind) {
    String masks =
        String.join(" ", Arrays.stream(PersonalData.values()).map(PersonalData::mask).toList());
    assertThat(kind.masked(masks)).isEqualTo(masks);
    assertThat(PersonalData.named(kind.word())).contains(kind);
  }

  /**
   * Texts that make a pattern try again and again. A search that is quadratic does not end here.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "1",
        "1 ",
        "a.",
        "+1",
        "00",
        "1.",
        "AB12 ",
        ":",
        "f:",
        "a@",
        "eyJa",
        "sk-",
        "x:",
        "(2",
        "x@a.",
        "-----BEGIN PRIVATE KEY-----",
        "password=",
        "a1B2"
      })
  void noTextMakesTheSearchSlow(String part) {
    String text = part.repeat(200_000 / part.length());
    assertTimeoutPreemptively(
        Duration.ofMinutes(1),
        () -> Arrays.stream(PersonalData.values()).forEach(kind -> kind.masked(text)));
  }
}
