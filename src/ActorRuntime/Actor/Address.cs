namespace ActorRuntime.Actor;

/// <summary>Where an actor system can be reached: <c>protocol://system@host:port</c>, or <c>protocol://system</c> for "this one".</summary>
public sealed class Address : IEquatable<Address>, IComparable<Address>
{
    /// <summary>Protocol of addresses that name no host.</summary>
    public const string LocalProtocol = "actor-runtime";

    /// <summary>Stands for every actor system, where one is named in a rule.</summary>
    public static readonly Address AllSystems = new(LocalProtocol, "all-systems");

    private readonly string _text;

    /// <summary>Creates an address.</summary>
    /// <param name="protocol">For example <c>actor-runtime.tcp</c>.</param>
    /// <param name="system">Name of the actor system.</param>
    /// <param name="host">Null for a local address. IPv6 literals go without brackets.</param>
    /// <param name="port">0 to 65535; null for a local address.</param>
    public Address(string protocol, string system, string? host = null, int? port = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(protocol);
        ArgumentException.ThrowIfNullOrEmpty(system);
        (Protocol, System, Host, Port) = (protocol, system, host, port);
        _text = Protocol + "://" + HostPort();
    }

    /// <summary>Name of the host or its IP address; null when local.</summary>
    public string? Host { get; }

    /// <summary>Port; null when local.</summary>
    public int? Port { get; }

    /// <summary>Name of the actor system.</summary>
    public string System { get; }

    /// <summary>For example <c>actor-runtime.tcp</c>.</summary>
    public string Protocol { get; }

    /// <summary>True when the address means "this actor system" only.</summary>
    public bool HasLocalScope => Host is null;

    /// <summary>True when other nodes can use the address.</summary>
    public bool HasGlobalScope => Host is not null;

    /// <summary>Reads an address; a path after it is ignored.</summary>
    /// <exception cref="FormatException">The text is not an address.</exception>
    public static Address Parse(string address) =>
        TryParse(address, out var parsed, out _) ? parsed : throw new FormatException($"Not an address: '{address}'. Expected protocol://system@host:port");

    /// <summary>Reads an address and hands back what follows it.</summary>
    /// <param name="path">An absolute path of an actor, or an address.</param>
    /// <param name="address">The address part.</param>
    /// <param name="absolutUri">What follows the address, beginning with a slash; "/" when nothing does.</param>
    public static bool TryParse(string? path, [global::System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Address? address, out string absolutUri)
    {
        address = null;
        absolutUri = "/";
        var scheme = path?.IndexOf("://", StringComparison.Ordinal) ?? -1;
        if (path is null || scheme < 1) return false;

        var rest = path.AsSpan(scheme + 3);
        var slash = rest.IndexOf('/');
        if (slash >= 0)
        {
            absolutUri = rest[slash..].ToString();
            rest = rest[..slash];
        }

        var at = rest.IndexOf('@');
        var system = at < 0 ? rest : rest[..at];
        if (system.IsEmpty || system.ContainsAny(":[]#?")) return false;
        if (at < 0)
        {
            address = new Address(path[..scheme], system.ToString());
            return true;
        }

        if (!TryParseHost(rest[(at + 1)..], out var host, out var port)) return false;
        address = new Address(path[..scheme], system.ToString(), host, port);
        return true;
    }

    /// <summary><c>system@host:port</c>, or the system's name when local.</summary>
    public string HostPort()
    {
        if (Host is null) return System;
        var host = Host.Contains(':') ? '[' + Host + ']' : Host;
        return Port is null ? System + '@' + host : System + '@' + host + ':' + Port.Value;
    }

    /// <inheritdoc/>
    public override string ToString() => _text;

    /// <inheritdoc/>
    public bool Equals(Address? other) => ReferenceEquals(this, other) || (other is not null && _text == other._text);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Address);

    /// <inheritdoc/>
    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>Orders by text, for collections that must not depend on hash codes.</summary>
    public int CompareTo(Address? other) => string.CompareOrdinal(_text, other?._text);

    /// <summary>Compares all four parts.</summary>
    public static bool operator ==(Address? left, Address? right) => left is null ? right is null : left.Equals(right);

    /// <inheritdoc cref="op_Equality"/>
    public static bool operator !=(Address? left, Address? right) => !(left == right);

    /// <summary>Orders by text.</summary>
    public static bool operator <(Address left, Address right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(Address left, Address right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator <=(Address left, Address right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >=(Address left, Address right) => left.CompareTo(right) >= 0;

    private static bool TryParseHost(ReadOnlySpan<char> text, out string host, out int? port)
    {
        (host, port) = ("", null);
        var colon = text.LastIndexOf(':');
        if (colon < text.LastIndexOf(']')) colon = -1;
        if (colon >= 0)
        {
            if (!ushort.TryParse(text[(colon + 1)..], global::System.Globalization.NumberStyles.None, null, out var number)) return false;
            port = number;
            text = text[..colon];
        }

        host = text.Trim("[]").ToString();
        return host.Length > 0;
    }
}
