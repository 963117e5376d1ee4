using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace ActorRuntime.Actor;

/// <summary>The place of an actor in the tree of its system. Immutable.</summary>
/// <remarks>Equality ignores the uid: two incarnations under one name have equal paths and unequal references.</remarks>
public class ActorPath : IEquatable<ActorPath>, IComparable<ActorPath>
{
    /// <summary>Symbols allowed in names besides ASCII letters, digits and <c>%hh</c> escapes.</summary>
    public const string ValidSymbols = "\"-_.*$+:@&=,!~';()";

    internal const long UndefinedUid = 0;

    private static readonly SearchValues<char> ValidCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%" + ValidSymbols);

    private readonly ActorPath? _parent;

    internal ActorPath(ActorPath? parent, string name, long uid) => (_parent, Name, Uid) = (parent, name, uid);

    /// <summary>Last element; "/" for the root.</summary>
    public string Name { get; }

    /// <summary>Identifies the incarnation; 0 when the path names a place rather than an incarnation.</summary>
    public long Uid { get; }

    /// <summary>The path above; the root is its own parent.</summary>
    public ActorPath Parent => _parent ?? this;

    /// <summary>Address of the system; local unless the path was given with a host.</summary>
    public virtual Address Address => _parent!.Address;

    /// <summary>Names from below the root; empty for the root.</summary>
    public IReadOnlyList<string> Elements
    {
        get
        {
            var elements = new string[Depth];
            var path = this;
            for (var i = elements.Length - 1; i >= 0; i--) (elements[i], path) = (path.Name, path._parent!);
            return elements;
        }
    }

    internal int Depth
    {
        get
        {
            var depth = 0;
            for (var path = this; path._parent is not null; path = path._parent) depth++;
            return depth;
        }
    }

    /// <summary>True when <paramref name="s"/> can name an actor; names that begin with <c>$</c> are kept for the runtime.</summary>
    public static bool IsValidPathElement(string? s) => !string.IsNullOrEmpty(s) && s[0] != '$' && HasValidCharacters(s);

    /// <summary>Reads an absolute path, with or without uid.</summary>
    /// <exception cref="FormatException">The text is not a path.</exception>
    public static ActorPath Parse(string path) =>
        TryParse(path, out var parsed) ? parsed : throw new FormatException($"Not the path of an actor: '{path}'. Expected protocol://system@host:port/user/name");

    /// <summary>Reads an absolute path, with or without uid.</summary>
    public static bool TryParse(string? path, [NotNullWhen(true)] out ActorPath? actorPath)
    {
        actorPath = null;
        return Address.TryParse(path, out var address, out var rest) && TryParse(new RootActorPath(address), rest, out actorPath);
    }

    /// <summary>Reads the part below an address.</summary>
    /// <param name="basePath">Path to start from.</param>
    /// <param name="absoluteUri">Names separated by slashes, optionally with <c>#uid</c> at the end.</param>
    /// <param name="actorPath">The result.</param>
    public static bool TryParse(ActorPath basePath, string absoluteUri, [NotNullWhen(true)] out ActorPath? actorPath)
    {
        actorPath = null;
        var uid = UndefinedUid;
        var names = absoluteUri.AsSpan();
        var hash = names.IndexOf('#');
        if (hash >= 0)
        {
            if (!long.TryParse(names[(hash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out uid)) return false;
            names = names[..hash];
        }

        var path = basePath;
        foreach (var range in names.Split('/'))
        {
            var name = names[range];
            if (name.IsEmpty) continue;
            if (name.ContainsAnyExcept(ValidCharacters)) return false;
            path = new ActorPath(path, name.ToString(), UndefinedUid);
        }

        actorPath = uid == UndefinedUid ? path : path.WithUid(uid);
        return true;
    }

    /// <summary>The path of a child, without uid.</summary>
    public static ActorPath operator /(ActorPath path, string name) => new(path, name, UndefinedUid);

    /// <summary>The path of a descendant, without uid.</summary>
    public static ActorPath operator /(ActorPath path, IEnumerable<string> name) => name.Aggregate(path, (parent, element) => parent / element);

    /// <summary>The same place with another incarnation.</summary>
    public virtual ActorPath WithUid(long uid) => uid == Uid ? this : new ActorPath(_parent, Name, uid);

    /// <summary>The ancestor at a depth; 0 is the root, negative values count from this path upwards.</summary>
    public ActorPath ParentOf(int depth)
    {
        var path = this;
        for (var steps = depth >= 0 ? Depth - depth : -depth; steps > 0; steps--) path = path.Parent;
        return path;
    }

    /// <summary>For example <c>/user/a</c>.</summary>
    public string ToStringWithoutAddress() => Append(new StringBuilder()).ToString();

    /// <summary>The path with its own address, without uid.</summary>
    public string ToStringWithAddress() => ToStringWithAddress(Address);

    /// <summary>The path with <paramref name="address"/> where its own has no host.</summary>
    public string ToStringWithAddress(Address address) =>
        Append(new StringBuilder((Address.HasGlobalScope ? Address : address).ToString())).ToString();

    /// <summary>The path with address and uid, as it travels and is stored.</summary>
    public string ToSerializationFormat() => ToSerializationFormatWithAddress(Address);

    /// <summary>The path with uid, and with <paramref name="address"/> where its own has no host.</summary>
    public string ToSerializationFormatWithAddress(Address address)
    {
        var text = ToStringWithAddress(address);
        return Uid == UndefinedUid ? text : text + '#' + Uid.ToString(CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public override string ToString() => ToStringWithAddress();

    /// <summary>Compares address and names.</summary>
    public bool Equals(ActorPath? other)
    {
        if (other is null) return false;
        var (left, right) = (this, other);
        while (!ReferenceEquals(left, right))
        {
            if (left._parent is null || right._parent is null) return left._parent is null && right._parent is null && RootsEqual(left, right);
            if (left.Name != right.Name) return false;
            (left, right) = (left._parent, right._parent);
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ActorPath);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, _parent?.Name);

    /// <summary>Orders by address, then by names.</summary>
    public int CompareTo(ActorPath? other) => other is null ? 1 : string.CompareOrdinal(ToString(), other.ToString());

    /// <summary>Compares address and names.</summary>
    public static bool operator ==(ActorPath? left, ActorPath? right) => left is null ? right is null : left.Equals(right);

    /// <inheritdoc cref="op_Equality"/>
    public static bool operator !=(ActorPath? left, ActorPath? right) => !(left == right);

    /// <summary>Orders by address, then by names.</summary>
    public static bool operator <(ActorPath left, ActorPath right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(ActorPath left, ActorPath right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator <=(ActorPath left, ActorPath right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >=(ActorPath left, ActorPath right) => left.CompareTo(right) >= 0;

    internal static bool HasValidCharacters(string name)
    {
        if (name.AsSpan().ContainsAnyExcept(ValidCharacters)) return false;
        for (var i = name.IndexOf('%', StringComparison.Ordinal); i >= 0; i = name.IndexOf('%', i + 1))
        {
            if (i + 2 >= name.Length || !char.IsAsciiHexDigit(name[i + 1]) || !char.IsAsciiHexDigit(name[i + 2])) return false;
        }

        return true;
    }

    private static bool RootsEqual(ActorPath left, ActorPath right) => left.Name == right.Name && left.Address.Equals(right.Address);

    private StringBuilder Append(StringBuilder text)
    {
        if (_parent is null) return text.Append(Name);
        foreach (var element in Elements) text.Append('/').Append(element);
        return text;
    }
}

/// <summary>The root of a system's tree.</summary>
/// <param name="address">Address of the system.</param>
/// <param name="name">Shown by <see cref="ActorPath.ToString"/>.</param>
public sealed class RootActorPath(Address address, string name = "/") : ActorPath(null, name, UndefinedUid)
{
    /// <inheritdoc/>
    public override Address Address { get; } = address;

    /// <summary>Roots have no incarnations.</summary>
    public override ActorPath WithUid(long uid) => this;
}
