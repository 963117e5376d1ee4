using System.Globalization;

namespace ActorRuntime.Configuration;

/// <summary>Reads typed values out of text. A <see cref="FormatException"/> says what was expected.</summary>
internal static class HoconUnits
{
    private static readonly Dictionary<string, decimal> TicksByUnit = Units(
        ("ns nano nanos nanosecond nanoseconds", 0.01m),
        ("us micro micros microsecond microseconds", TimeSpan.TicksPerMicrosecond),
        ("ms milli millis millisecond milliseconds", TimeSpan.TicksPerMillisecond),
        ("s second seconds", TimeSpan.TicksPerSecond),
        ("m minute minutes", TimeSpan.TicksPerMinute),
        ("h hour hours", TimeSpan.TicksPerHour),
        ("d day days", TimeSpan.TicksPerDay));

    private static readonly Dictionary<string, decimal> BytesByUnit = Units(
        ("B b byte bytes", 1),
        ("kB kilobyte kilobytes", 1000m),
        ("MB megabyte megabytes", 1000m * 1000),
        ("GB gigabyte gigabytes", 1000m * 1000 * 1000),
        ("TB terabyte terabytes", 1000m * 1000 * 1000 * 1000),
        ("PB petabyte petabytes", 1000m * 1000 * 1000 * 1000 * 1000),
        ("EB exabyte exabytes", 1000m * 1000 * 1000 * 1000 * 1000 * 1000),
        ("ZB zettabyte zettabytes", 1000m * 1000 * 1000 * 1000 * 1000 * 1000 * 1000),
        ("YB yottabyte yottabytes", 1000m * 1000 * 1000 * 1000 * 1000 * 1000 * 1000 * 1000),
        ("K k Ki KiB kibibyte kibibytes", 1024m),
        ("M m Mi MiB mebibyte mebibytes", 1024m * 1024),
        ("G g Gi GiB gibibyte gibibytes", 1024m * 1024 * 1024),
        ("T t Ti TiB tebibyte tebibytes", 1024m * 1024 * 1024 * 1024),
        ("P p Pi PiB pebibyte pebibytes", 1024m * 1024 * 1024 * 1024 * 1024),
        ("E e Ei EiB exbibyte exbibytes", 1024m * 1024 * 1024 * 1024 * 1024 * 1024),
        ("Z z Zi ZiB zebibyte zebibytes", 1024m * 1024 * 1024 * 1024 * 1024 * 1024 * 1024),
        ("Y y Yi YiB yobibyte yobibytes", 1024m * 1024 * 1024 * 1024 * 1024 * 1024 * 1024 * 1024));

    /// <summary>Days and months of one unit.</summary>
    private static readonly Dictionary<string, (int Days, int Months)> PeriodsByUnit = Units(
        ("d day days", (1, 0)),
        ("w week weeks", (7, 0)),
        ("m mo month months", (0, 1)),
        ("y year years", (0, 12)));

    /// <summary>A whole number.</summary>
    public static long Long(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new FormatException("a whole number expected");

    /// <summary>A whole number of 32 bits.</summary>
    public static int Int(string text) =>
        Long(text) is >= int.MinValue and <= int.MaxValue and var value
            ? (int)value
            : throw new FormatException($"a whole number from {int.MinValue} to {int.MaxValue} expected");

    /// <summary>A finite number.</summary>
    public static double Double(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw new FormatException("a number expected");

    /// <summary>A decimal number, exactly.</summary>
    public static decimal Decimal(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new FormatException("a number expected");

    /// <summary>On or off in the words of HOCON.</summary>
    public static bool Boolean(string text) => text switch
    {
        "true" or "on" or "yes" => true,
        "false" or "off" or "no" => false,
        _ => throw new FormatException("on, off, true, false, yes or no expected"),
    };

    /// <summary>A duration; a number without a unit is milliseconds.</summary>
    public static TimeSpan Duration(string text, bool allowInfinite)
    {
        if (text == "infinite") return allowInfinite ? Timeout.InfiniteTimeSpan : throw new FormatException("a finite duration expected");
        return new TimeSpan(Amount(text, TicksByUnit, "ms", "a duration such as 250 ms, 10s or 2h"
            + (allowInfinite ? ", or infinite," : "")));
    }

    /// <summary>A number of bytes; a number without a unit is bytes, <c>k</c> is 1024, <c>kB</c> is 1000.</summary>
    public static long Bytes(string text) => Amount(text, BytesByUnit, "B", "a size such as 4096, 256k or 8 MiB");

    /// <summary>A whole number of days, weeks, months or years; a number without a unit is days.</summary>
    public static Period Period(string text)
    {
        const string expected = "a period such as 10 days, 2w, 3 mo or 1 year expected";
        var (number, unit) = Split(text);
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || !PeriodsByUnit.TryGetValue(unit.Length == 0 ? "d" : unit, out var factor))
            throw new FormatException(expected);
        if (count > int.MaxValue / Math.Max(factor.Days, factor.Months)) throw new FormatException(expected + ", this is too long");
        return new Period(count * factor.Months, count * factor.Days);
    }

    /// <summary>A member of <typeparamref name="T"/>, written <c>like-this</c>.</summary>
    public static T Enum<T>(string text) where T : struct, Enum
    {
        var names = System.Enum.GetNames<T>();
        var index = Array.FindIndex(names, name => Kebab(name) == text);
        return index >= 0
            ? System.Enum.Parse<T>(names[index])
            : throw new FormatException(string.Join(", ", names.Select(Kebab)) + " expected");
    }

    private static long Amount(string text, Dictionary<string, decimal> units, string unitless, string expected)
    {
        var (digits, unit) = Split(text);
        const NumberStyles style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (!decimal.TryParse(digits, style, CultureInfo.InvariantCulture, out var number)
            || !units.TryGetValue(unit.Length == 0 ? unitless : unit, out var factor))
            throw new FormatException(expected + " expected");
        if (number > long.MaxValue / Math.Max(factor, 1)) throw new FormatException(expected + " expected, this is too large");
        var amount = number * factor;
        return amount == decimal.Truncate(amount) ? (long)amount : throw new FormatException(expected + " expected, this is too fine");
    }

    /// <summary>The letters at the end are the unit.</summary>
    private static (string Number, string Unit) Split(string text)
    {
        text = text.Trim();
        var digits = text.Length;
        while (digits > 0 && char.IsLetter(text[digits - 1])) digits--;
        return (text[..digits].TrimEnd(), text[digits..]);
    }

    private static string Kebab(string name) =>
        string.Concat(name.Select((c, index) => char.IsUpper(c) ? (index > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));

    private static Dictionary<string, T> Units<T>(params (string Names, T Factor)[] units) =>
        units.SelectMany(unit => unit.Names.Split(' ').Select(name => (name, unit.Factor))).ToDictionary(StringComparer.Ordinal);
}
