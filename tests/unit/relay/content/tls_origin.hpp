#pragma once
// A TLS web server on loopback with a certificate made for the test, which answers everything with "secure".

#include "tests/unit/relay/content/scripted_origin.hpp"

#include <boost/asio/ssl.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

namespace ferry::relay::content::test {

struct CertificateWish {
    std::string name = "secure.example";  ///< DNS name it is for
    long days = 1;                        ///< from now; negative: it has run out
};

/// Self-signed; the same text is its own authority.
class Certificate {
  public:
    explicit Certificate(const CertificateWish& wish) : key_(EVP_RSA_gen(2048)), certificate_(X509_new()) {
        auto* x509 = certificate_.get();
        X509_set_version(x509, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
        X509_gmtime_adj(X509_getm_notBefore(x509), -3 * 86'400);
        X509_gmtime_adj(X509_getm_notAfter(x509), wish.days * 86'400);
        X509_set_pubkey(x509, key_.get());
        auto* subject = X509_get_subject_name(x509);
        const auto* name = reinterpret_cast<const unsigned char*>(wish.name.c_str());
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0);
        X509_set_issuer_name(x509, subject);
        const auto alternative = "DNS:" + wish.name;
        auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative.c_str());
        X509_add_ext(x509, extension, -1);
        X509_EXTENSION_free(extension);
        X509_sign(x509, key_.get(), EVP_sha256());
    }

    std::string pem() const {
        return text([&](BIO* bio) { PEM_write_bio_X509(bio, certificate_.get()); });
    }
    std::string key_pem() const {
        return text([&](BIO* bio) {
            PEM_write_bio_PrivateKey(bio, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
        });
    }

  private:
    struct Free {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
        void operator()(X509* x509) const { X509_free(x509); }
        void operator()(BIO* bio) const { BIO_free(bio); }
    };

    template <typename Write>
    static std::string text(Write write) {
        const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
        write(bio.get());
        char* bytes = nullptr;
        const auto size = BIO_get_mem_data(bio.get(), &bytes);
        return {bytes, static_cast<std::size_t>(size)};
    }

    std::unique_ptr<EVP_PKEY, Free> key_;
    std::unique_ptr<X509, Free> certificate_;
};

class TlsOrigin {
  public:
    TlsOrigin(asio::io_context& io, const Certificate& certificate)
        : io_(io),
          acceptor_(io, {asio::ip::address_v4::loopback(), 0}),
          context_(asio::ssl::context::tls_server) {
        const auto pem = certificate.pem();
        const auto key = certificate.key_pem();
        context_.use_certificate_chain(asio::buffer(pem));
        context_.use_private_key(asio::buffer(key), asio::ssl::context::pem);
        asio::co_spawn(io_, accept(), asio::detached);
    }
    ~TlsOrigin() {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
    }
    TlsOrigin(const TlsOrigin&) = delete;
    TlsOrigin& operator=(const TlsOrigin&) = delete;

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    int requests = 0;

  private:
    using Stream = asio::ssl::stream<asio::ip::tcp::socket>;

    asio::awaitable<void> accept() {
        for (;;) {
            boost::system::error_code error;
            auto stream = std::make_shared<Stream>(io_, context_);
            co_await acceptor_.async_accept(stream->next_layer(),
                                            asio::redirect_error(asio::use_awaitable, error));
            if (error) co_return;
            asio::co_spawn(io_, serve(stream), asio::detached);
        }
    }

    asio::awaitable<void> serve(std::shared_ptr<Stream> stream) {
        boost::system::error_code error;
        co_await stream->async_handshake(Stream::server, asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
        std::string buffer;
        co_await asio::async_read_until(*stream, asio::dynamic_buffer(buffer), "\r\n\r\n",
                                        asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
        ++requests;
        const auto answer = reply("200 OK", "Connection: close\r\n", "secure");
        co_await asio::async_write(*stream, asio::buffer(answer),
                                   asio::redirect_error(asio::use_awaitable, error));
    }

    asio::io_context& io_;
    asio::ip::tcp::acceptor acceptor_;
    asio::ssl::context context_;
};

}  // namespace ferry::relay::content::test
