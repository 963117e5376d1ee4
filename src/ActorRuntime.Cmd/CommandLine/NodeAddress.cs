using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace ActorRuntime.Cmd.CommandLine;

/// <summary>Host and management port of a node.</summary>
internal sealed record NodeAddress(string Host, int Port)
{
    /// <summary>Where a node listens when its configuration says nothing else.</summary>
    public static NodeAddress Default { get; } = new("127.0.0.1", 9110);

    /// <summary>Reads <c>host:port</c>, <c>[::1]:port</c> or a port alone (of this machine). No command looks like that.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out NodeAddress? address)
    {
        address = null;
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? Default.Host : text[..colon].TrimStart('[').TrimEnd(']');
        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)) return false;
        if (port is < 1 or > IPEndPoint.MaxPort || Uri.CheckHostName(host) == UriHostNameType.Unknown) return false;
        address = new NodeAddress(host, port);
        return true;
    }

    /// <summary>As <see cref="TryParse"/> reads it.</summary>
    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
