using System.Globalization;

namespace ActorRuntime.Util;

/// <summary>A version that is compared by its numbers, not as text: <c>1.10.0</c> is newer than <c>1.9.0</c>.</summary>
/// <remarks>
/// One to three numbers, then what follows the first <c>-</c> or <c>+</c>. What is missing of the numbers counts as 0. With equal numbers,
/// a count of commits (<c>1.2.3-10-1234abcd</c>, <c>1.2.3+10-1234abcd</c>) is newer than none; then a pre-release (<c>1.2.3-RC1</c>) is
/// older than the release, and two of them compare as ordinal text. Versions that compare as equal are equal.
/// </remarks>
public sealed class AppVersion : IComparable<AppVersion>, IEquatable<AppVersion>
{
    private const int NumbersMax = 3;
    private static readonly char[] EndsOfNumbers = ['-', '+'];

    private readonly string _version;
    private readonly (int Major, int Minor, int Patch, int Commits) _numbers;
    private readonly string _rest;

    private AppVersion(string version)
    {
        _version = version;
        var end = version.IndexOfAny(EndsOfNumbers);
        _rest = end < 0 ? "" : version[(end + 1)..];
        var numbers = (end < 0 ? version : version[..end]).Split('.');
        if (numbers.Length > NumbersMax) throw Malformed(version);
        _numbers = (Number(numbers, 0), Number(numbers, 1), Number(numbers, 2), 0);

        var dash = _rest.IndexOf('-');
        if (dash <= 0 || !TryNumber(_rest[..dash], out var commits)) return;
        (_numbers.Commits, _rest) = (commits, _rest[(dash + 1)..]);
    }

    /// <summary><c>0.0.0</c>, older than every release: no version is known.</summary>
    public static AppVersion Zero { get; } = new("0.0.0");

    /// <summary>Reads a version.</summary>
    /// <exception cref="FormatException">It does not begin with one to three numbers between dots, each at most 2,147,483,647.</exception>
    public static AppVersion Create(string version)
    {
        ArgumentNullException.ThrowIfNull(version);
        return new AppVersion(version);
    }

    /// <summary>Whether the left one is older.</summary>
    public static bool operator <(AppVersion left, AppVersion right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left one is newer.</summary>
    public static bool operator >(AppVersion left, AppVersion right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left one is not newer.</summary>
    public static bool operator <=(AppVersion left, AppVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left one is not older.</summary>
    public static bool operator >=(AppVersion left, AppVersion right) => left.CompareTo(right) >= 0;

    /// <summary>Whether both compare as equal.</summary>
    public static bool operator ==(AppVersion? left, AppVersion? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether one is newer.</summary>
    public static bool operator !=(AppVersion? left, AppVersion? right) => !(left == right);

    /// <inheritdoc/>
    public int CompareTo(AppVersion? other)
    {
        if (other is null) return 1;
        var numbers = _numbers.CompareTo(other._numbers);
        if (numbers != 0) return numbers;
        if (_rest.Length == 0 || other._rest.Length == 0) return other._rest.Length.CompareTo(_rest.Length);
        return string.CompareOrdinal(_rest, other._rest);
    }

    /// <inheritdoc/>
    public bool Equals(AppVersion? other) => other is not null && CompareTo(other) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AppVersion);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_numbers, _rest);

    /// <summary>The text it was made of.</summary>
    public override string ToString() => _version;

    private int Number(string[] numbers, int index) =>
        index >= numbers.Length ? 0 : TryNumber(numbers[index], out var number) ? number : throw Malformed(_version);

    private static bool TryNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static FormatException Malformed(string version) =>
        new($"'{version}' is no version: one to {NumbersMax} numbers between dots are expected, then nothing, or - or + and a text, as in 1.2.3-RC1");
}
