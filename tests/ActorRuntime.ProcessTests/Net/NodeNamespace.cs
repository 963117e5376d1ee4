using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace ActorRuntime.ProcessTests.Net;

/// <summary>A network namespace and a mount namespace for the processes of one node.</summary>
/// <remarks>They have no name: they live as long as a process in them, and the first one, which this class holds, ends when its standard input
/// closes. Whatever becomes of the test's own process, nothing stays behind. Needs root.</remarks>
internal sealed class NodeNamespace : IDisposable
{
    private const string Device = "net0";

    private readonly Process _holder;

    private NodeNamespace(Process holder) => _holder = holder;

    /// <summary>The words that run what follows them inside.</summary>
    public IReadOnlyList<string> Enter => ["nsenter", $"--target={_holder.Id}", "--net", "--mount", "--"];

    private string NetFile => $"/proc/{_holder.Id}/ns/net";

    /// <exception cref="InvalidOperationException">Namespaces cannot be made here; says why.</exception>
    public static NodeNamespace Create()
    {
        var info = new ProcessStartInfo("unshare", ["--net", "--mount", "--", "sh", "-c", "ip link set lo up && echo ready && exec cat"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var holder = Process.Start(info)!;
        if (holder.StandardOutput.ReadLine() == "ready") return new(holder);
        var why = holder.StandardError.ReadToEnd();
        holder.Dispose();
        throw new InvalidOperationException($"No network namespace could be made (root, util-linux and iproute2 are needed): {why}");
    }

    /// <summary>Makes the node's network device, with its own address and those of all others.</summary>
    /// <returns>The other end of the device.</returns>
    public SafeFileHandle Plug(int node, int nodes)
    {
        var tap = Inside(() => LinuxNet.OpenTap(Device));
        var neighbours = Enumerable.Range(1, nodes).Where(other => other != node).Select(other =>
            $"ip neigh add {Frame.Address(other)} lladdr {Frame.HardwareAddress(other)} nud permanent dev {Device}");
        Run("sh", "-ec", $"""
            echo 1 > /proc/sys/net/ipv6/conf/{Device}/disable_ipv6
            ip link set {Device} address {Frame.HardwareAddress(node)} up
            ip addr add {Frame.Address(node)}/24 dev {Device}
            {string.Join('\n', neighbours)}
            """);
        return tap;
    }

    /// <summary>Makes something that belongs to this network for ever: a socket, a device.</summary>
    /// <param name="make">On a thread of its own. It must start no thread and queue nothing: what does would be born in here.</param>
    public T Inside<T>(Func<T> make)
    {
        var making = new Task<T>(() =>
        {
            LinuxNet.EnterNet(NetFile);
            return make();
        });
        var thread = new Thread(() => making.RunSynchronously());
        thread.Start();
        thread.Join();
        return making.GetAwaiter().GetResult();
    }

    /// <summary>Runs a program inside, to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public void Run(params string[] words)
    {
        var info = new ProcessStartInfo(Enter[0], [.. Enter.Skip(1), .. words]) { RedirectStandardError = true };
        using var process = Process.Start(info)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{string.Join(' ', words)}: {error}");
    }

    public void Dispose()
    {
        _holder.StandardInput.Close();
        _holder.WaitForExit();
        _holder.Dispose();
    }
}
